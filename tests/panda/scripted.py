"""A server on loopback that does what a test's script says, byte by byte; also a recorder and a token."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field

from app.panda.errors import NoToken
from app.panda.recorder import CallOutcome, CallRequest

# Shaped like a JWT, signed by nobody.
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJuYW1lIjoic3BkLXByb2R1Y2VyIn0.c2lnbmF0dXJlLW9mLW5vYm9keQ"


class Line:
    """One connection of the server: what a script has to work with."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        self.over = over
        self.received = b""

    def read_request(self) -> bytes:
        while b"\r\n\r\n" not in self.received and self._more():
            pass
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = next(
            (int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length and self._more():
            body = self.received.partition(b"\r\n\r\n")[2]
        return self.received

    def _more(self) -> bool:
        piece = self.sock.recv(65536)
        self.received += piece
        return bool(piece)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.05) -> None:
        """Send byte by byte, for ever if the data does not end, until the other side goes."""
        for byte in data:
            if self.over.wait(seconds):
                return
            self.send(bytes([byte]))

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Line], None]


class ScriptedServer:
    """Runs the script for each connection; keeps the bytes of every connection in `received`."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.received: list[bytes] = []
        self._tls = tls
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(sock,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(60)
        line = Line(sock, self._over)
        place = len(self.received)
        self.received.append(b"")
        with suppress(OSError), closing(sock):
            if self._tls:
                line.sock = self._tls.wrap_socket(sock, server_side=True)
            try:
                self.script(line)
            finally:
                self.received[place] = line.received
                line.sock.close()

    def wait(self) -> "ScriptedServer":
        """Wait until all scripts have run, so that `received` is complete."""
        for thread in self._threads[1:]:
            thread.join(60)
        return self

    def stop(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)


def http(body: bytes | str, status: int = 200, content_type: str = "text/plain", **headers: str) -> bytes:
    """Return the bytes of an answer as PanDA gives it."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reply(data: object = None, *, success: object = True, message: object = "") -> bytes:
    """Return the bytes of an answer with PanDA's three fields."""
    return http(json.dumps({"success": success, "message": message, "data": data}))


def answering(*answers: bytes) -> Script:
    """Return a script that reads the request and gives the next answer; the last one from then on."""
    left = list(answers)

    def script(line: Line) -> None:
        line.read_request()
        line.send(left.pop(0) if len(left) > 1 else left[0])

    return script


@dataclass
class Notes:
    """A recorder that keeps what it is told."""

    requests: list[CallRequest] = field(default_factory=list)
    outcomes: list[CallOutcome] = field(default_factory=list)
    tickets: list[object] = field(default_factory=list)

    def started(self, request: CallRequest) -> object:
        self.requests.append(request)
        return f"ticket {len(self.requests)}"

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        self.tickets.append(ticket)
        self.outcomes.append(outcome)

    def only_outcome(self) -> CallOutcome:
        """Return the outcome of the one call, which was noted once before and once after."""
        assert len(self.requests) == 1
        assert self.tickets == ["ticket 1"]
        return self.outcomes[0]


@dataclass
class FixedToken:
    """A token source that remembers what it had to forget."""

    token: str = TOKEN
    forgotten: list[str] = field(default_factory=list)

    def get(self) -> str:
        if not self.token:
            raise NoToken("none")
        return self.token

    def forget(self, token: str) -> None:
        self.forgotten.append(token)
