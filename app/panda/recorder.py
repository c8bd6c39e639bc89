"""What the caller is told of each call, so that none can be missing from its log."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol

from app.panda.errors import PandaError
from app.panda.masking import Mask
from app.panda.transport import Answer


@dataclass(frozen=True)
class CallRequest:
    """A call about to be made.

    `method` as in "task/submit", `task_id` PanDA's, `parameters` the JSON text of the body or of the
    query. Neither headers nor the token are part of it.
    """

    verb: Literal["GET", "POST"]
    method: str
    task_id: int | None
    parameters: str


@dataclass(frozen=True)
class CallOutcome:
    """What became of a call.

    `http_status` is None when no answer came, `answer` its first 4096 characters with secrets masked,
    `error` the name of the error's class or None.
    """

    http_status: int | None
    answer: str
    milliseconds: int
    error: str | None


class Recorder(Protocol):
    """Notes each call before it is sent and after it ended, each once."""

    def started(self, request: CallRequest) -> object:
        """Note the call durably and return a ticket for `ended`. An exception here stops the call."""

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        """Note the outcome, also that of a failed call. An exception here replaces the answer."""


class SilentRecorder:
    """Notes nothing."""

    def started(self, request: CallRequest) -> object:
        """Let the call pass."""
        return None

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        """Forget the outcome."""


class Recording:
    """One call between `started` and `ended`: the latter comes exactly once, however the block is left."""

    def __init__(self, recorder: Recorder, request: CallRequest, mask: Mask) -> None:
        self._recorder = recorder
        self._request = request
        self._mask = mask
        self._http_status: int | None = None
        self._answer = ""

    def __enter__(self) -> "Recording":
        self._ticket = self._recorder.started(self._request)
        self._begin = time.monotonic()
        return self

    def heard(self, answer: Answer) -> None:
        """Keep the answer for the log."""
        self._http_status = answer.http_status
        self._answer = self._mask.head(answer.body)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        milliseconds = round((time.monotonic() - self._begin) * 1000)
        if isinstance(error, PandaError):
            self._http_status, self._answer = error.http_status, error.answer
        name = kind.__name__ if kind else None
        self._recorder.ended(self._ticket, CallOutcome(self._http_status, self._answer, milliseconds, name))
