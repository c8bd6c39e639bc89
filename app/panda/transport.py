"""One HTTP exchange: one request, one connection, one answer, within limits of time and size."""

import ssl
import tempfile
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType

from requests import Request, Response

from app.network.connection import WatchedAdapter
from app.network.watch import Watch
from app.panda.errors import OutcomeUnknown, PandaError, PandaUnavailable
from app.panda.failures import in_words
from app.panda.masking import Mask

# An answer is read in pieces of this size, bytes.
PIECE_BYTES = 1 << 16
# More of an answer than this waits on the disk until it is known to be of a size that is taken.
IN_MEMORY_BYTES = 8 << 20
SPARE_SECONDS = 5.0


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    `connect_seconds` for a connection to one address of the server, and for each step of the TLS
    handshake; `total_seconds` by the clock on the wall, for everything from the name look-up to the last
    byte of the answer; `answer_bytes` for its body.
    """

    connect_seconds: float
    total_seconds: float
    answer_bytes: int


@dataclass(frozen=True)
class Answer:
    """What came back: any status, the whole body."""

    http_status: int
    body: bytes


def exchange(
    request: Request, limits: Limits, tls: ssl.SSLContext | None, mask: Mask, server: str = "PanDA"
) -> Answer:
    """Send the request once and return the complete answer, whatever it says.

    No second try, no redirect, no proxy, nothing from the environment. `server` is named in the errors.
    Raise PandaUnavailable when no byte of the request was written, whatever the reason, and
    OutcomeUnknown when at least one may have been and no complete answer came.
    """
    with Exchange(limits, mask, server) as under_watch:
        under_watch.carry_out(request, tls)
        return Answer(under_watch.http_status or 0, under_watch.received())


class Exchange:
    """The place where every failure below us becomes a PandaError.

    Left with an exception of any class, the `with` block raises what the connection proves instead; the
    class only lends the words. What was received up to then is kept.
    """

    def __init__(self, limits: Limits, mask: Mask, server: str) -> None:
        self.watch = Watch(limits.total_seconds)
        self.http_status: int | None = None
        self._body = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  closed by __exit__
        self._limits = limits
        self._mask = mask
        self._server = server

    def __enter__(self) -> "Exchange":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.watch.stop()
        with self._body:
            self._judge(error)

    def _judge(self, error: BaseException | None) -> None:
        # A shut connection may look like the end of an answer, so no error is needed to have lost it.
        if self.watch.expired and (error is None or isinstance(error, Exception)):
            why = f"it took longer than {self._limits.total_seconds:g} s"
            raise self._failure(why) from error
        if isinstance(error, Exception) and not isinstance(error, PandaError):
            raise self._failure(in_words(error)) from error

    def received(self, most: int = -1) -> bytes:
        """Return what has come of the body, or its first `most` bytes."""
        self._body.seek(0)
        return self._body.read(most)

    def carry_out(self, request: Request, tls: ssl.SSLContext | None) -> None:
        """Send the request and read the answer."""
        self.watch.start()
        # The watch ends each read in time; the timeout of a single read is only a second net behind it.
        timeouts = (self._limits.connect_seconds, self._limits.total_seconds + SPARE_SECONDS)
        with (
            closing(WatchedAdapter(self.watch, tls)) as adapter,
            closing(adapter.send(request.prepare(), stream=True, timeout=timeouts)) as response,
        ):
            self._read(response)

    def _read(self, response: Response) -> None:
        self.http_status = response.status_code
        packing = response.headers.get("Content-Encoding", "identity")
        if packing.lower() != "identity":
            # We ask for plain answers; unpacking would also let a small answer become a huge one.
            why = f"the answer is packed ({packing[:40]}), which was not asked for"
            raise self._failure(why)
        while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
            if self._body.tell() + len(piece) > self._limits.answer_bytes:
                why = f"the answer is larger than {self._limits.answer_bytes} bytes"
                raise self._failure(why)
            self._body.write(piece)

    def _failure(self, why: str) -> PandaError:
        why = self._mask(why)
        if not self.watch.written:
            return PandaUnavailable(f"{self._server} could not be reached, nothing was sent: {why}.")
        return OutcomeUnknown(
            f"No usable answer came from {self._server}: {why}.",
            http_status=self.http_status,
            answer=self._mask.head(self.received(IN_MEMORY_BYTES)),
        )
