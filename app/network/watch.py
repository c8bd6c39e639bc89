"""Watch over one connection: was a byte of the request written, and is its time over?"""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress

from urllib3.exceptions import HTTPError


class Watch:
    """Guards one exchange over one connection.

    `written` is True from just before the first byte of the request goes out: False proves "not sent".
    `expired` is True when the time was over before `stop`; the connection is then shut, which wakes every
    blocked read and write. A read timeout would not do: it counts anew with each byte of a dripped answer.
    """

    def __init__(self, seconds: float) -> None:
        self.written = False
        self.expired = False
        self._seconds = seconds
        self._end = 0.0
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def start(self) -> None:
        """Let the time run."""
        self._end = time.monotonic() + self._seconds
        self._timer.start()

    def stop(self) -> None:
        """End the watch; `expired` tells from now on whether the time was over before."""
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()

    def seconds_left(self) -> float:
        """Return what remains of the time, 0 at least."""
        return max(0.0, self._end - time.monotonic())

    def guard(self, line: socket.socket) -> None:
        """Take the connection under watch. There is one for each exchange: a second would be a retry."""
        with self._lock:
            if self._handle is not None:
                msg = "a second connection was refused: nothing is sent twice"
                raise ConnectionError(msg)
            # A handle of our own: TLS takes the socket object over, and a closed number may be used again.
            self._handle = line.dup()

    def before_writing(self) -> None:
        """Note that bytes are about to go out; raise TimeoutError when it is too late for that."""
        with self._lock:
            if self.expired:
                msg = "the time was over before anything was sent"
                raise TimeoutError(msg)
            self.written = True

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._handle is not None:
                with suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)


def dial(connect: Callable[[], socket.socket], seconds: float) -> socket.socket:
    """Run `connect`, but wait no longer than `seconds`: raise TimeoutError then.

    A name look-up can neither be given a limit nor be interrupted, so it runs in a thread of its own; a
    connection that comes too late is closed unused.
    """
    line: Future[socket.socket] = Future()
    threading.Thread(target=_connect_into, args=(line, connect), daemon=True).start()
    wait([line], timeout=seconds)
    if line.cancel():
        msg = "no connection was made in time"
        raise TimeoutError(msg)
    return line.result()


def _connect_into(line: "Future[socket.socket]", connect: Callable[[], socket.socket]) -> None:
    try:
        made = connect()
    except (OSError, HTTPError) as error:
        with suppress(InvalidStateError):
            line.set_exception(error)
        return
    try:
        line.set_result(made)
    except InvalidStateError:
        made.close()
