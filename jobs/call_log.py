"""The client's recorders: every exchange with PanDA is written into the database."""

from datetime import UTC, datetime

from app.metrics import CALLS
from app.panda.recorder import CallOutcome, CallRequest
from app.services import calls
from app.services.calls import CallContext, CallResult
from jobs.pulse import PULSE


class CallLog:
    """Writes a row before anything is sent, and completes it by the answer."""

    def __init__(self) -> None:
        self.context = CallContext()
        self._method = ""

    def started(self, request: CallRequest) -> object:
        """Commit the row of a call; if that fails, nothing is sent."""
        self._method = request.method
        return calls.begin_call(
            self.context, request.verb, request.method, request.task_id, request.parameters, datetime.now(UTC)
        )

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        """Complete the row."""
        _count(self._method, outcome)
        if not isinstance(ticket, int):
            raise TypeError("the ticket of a call is its row's id")
        calls.end_call(ticket, _result(outcome), datetime.now(UTC))


class SendLog:
    """The recorder of one send, whose row its intent has written. It only keeps the outcome.

    PanDA's answer to a send must not be lost because its row could not be written at that moment.
    """

    def __init__(self, call_id: int) -> None:
        self._call_id = call_id
        self._method = ""
        self._result: CallResult | None = None

    def started(self, request: CallRequest) -> object:
        """The row is there already."""
        self._method = request.method
        return None

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        """Keep the outcome."""
        _count(self._method, outcome)
        self._result = _result(outcome)

    def write(self, error: Exception | None) -> None:
        """Complete the row. Without a call, which an error prevented, that error is the outcome."""
        nothing = CallResult(None, "", type(error).__name__ if error else calls.ANSWER_LOST, 0)
        calls.end_call(self._call_id, self._result or nothing, datetime.now(UTC))


def _count(method: str, outcome: CallOutcome) -> None:
    PULSE.beat()
    CALLS.labels(method, outcome.error or calls.OK).observe(outcome.milliseconds / 1000)


def _result(outcome: CallOutcome) -> CallResult:
    return CallResult(outcome.http_status, outcome.answer, outcome.error or calls.OK, outcome.milliseconds)
