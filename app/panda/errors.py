"""What can go wrong with a call to PanDA, sorted by what the caller may do next.

    PandaError
      NotSent                 no byte of the request left this machine; sending again is safe
        PandaUnavailable      name look-up, refused, connect timeout, TLS handshake
        Overloaded            503, which PanDA documents as "before anything was done" (a setting)
        NoToken               no usable token; nothing was sent to PanDA
      OutcomeUnknown          the request may have been carried out: never send it again unasked
      Refused                 PanDA said a clear no; nothing was done
        AccessRefused         token, role, "SSL secure connection is required", banned
        TooManyActiveTasks    submit code 10; later it will be accepted
        ArgumentsRefused      the request itself is wrong; sending it again is of no use
        NotInThisState        the task is not in a state in which PanDA takes this order
        TaskNotFound          alone it proves nothing: PanDA says so too when its database is away
        MethodForbidden       this server does not know the method: too old, too new, or not PanDA

Every error has `http_status` (None without an answer), `answer` (the first ANSWER_CHARACTERS characters
of what came, secrets masked) and a plain English sentence as its text.
Source: panda-observed.md, sections 1 to 5; design.md, "Sent once".
"""

from typing import ClassVar

# Answers are kept this long in errors and in the log of calls, characters.
ANSWER_CHARACTERS = 4096


class PandaError(Exception):
    """A call to PanDA did not give a usable answer."""

    def __init__(self, sentence: str, *, http_status: int | None = None, answer: str = "") -> None:
        super().__init__(sentence)
        self.http_status = http_status
        self.answer = answer[:ANSWER_CHARACTERS]


class NotSent(PandaError):
    """No byte of the request left this machine (or PanDA did not look at it): sending again is safe."""


class PandaUnavailable(NotSent):
    """There was no connection to send the request over."""


class Overloaded(NotSent):
    """PanDA answered 503: it did not look at the request."""


class NoToken(NotSent):
    """There is no usable token, so nothing was sent to PanDA."""


class OutcomeUnknown(PandaError):
    """The request may have been carried out; no answer that can be trusted came."""


class Refused(PandaError):
    """PanDA said a clear no and did nothing.

    `message` holds PanDA's own words, `data` the code or object that came with them; both masked.
    """

    opening: ClassVar[str] = "PanDA refused the request"

    def __init__(
        self, message: str, data: object = None, *, http_status: int | None = None, answer: str = ""
    ) -> None:
        super().__init__(message, http_status=http_status, answer=answer)
        self.args = (message, data)
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"{self.opening}: {self.message.strip()}"


class AccessRefused(Refused):
    """Our token, its role or our user is not accepted. Sending goes on only when a person mends it."""

    opening = "PanDA does not accept our credentials"


class TooManyActiveTasks(Refused):
    """Our user has as many active tasks as PanDA allows; try again later."""

    opening = "PanDA accepts no more tasks for now"


class ArgumentsRefused(Refused):
    """The request is wrong in itself; the same request will be refused again."""

    opening = "PanDA refused what was sent"


class NotInThisState(Refused):
    """The task is in a state in which PanDA does not take this order."""

    opening = "PanDA does not take this order now"


class TaskNotFound(Refused):
    """PanDA does not show the task. Not a proof that it does not exist: see the module's docstring."""

    opening = "PanDA does not find the task"


class MethodForbidden(Refused):
    """The server does not know the method: it is too old or too new, or no PanDA at all."""

    opening = "This server does not offer the method"
