"""What an answer of PanDA means. HTTP 200 is not success, and success is not always what was asked.

Sources: panda-observed.md, sections 1 to 3; panda-protocol.md, sections 1.3 and 5.1.
"""

import json
import re
from dataclasses import dataclass, field

from app.panda.errors import (
    AccessRefused,
    ArgumentsRefused,
    MethodForbidden,
    OutcomeUnknown,
    Overloaded,
    PandaError,
    Refused,
    TaskNotFound,
    TooManyActiveTasks,
)
from app.panda.masking import Mask
from app.panda.transport import Answer

# Messages that come before the method is called, so nothing was done (request_validation in PanDA).
ACCESS_MESSAGES = (
    "SSL secure connection is required",
    "production or pilot role required",
    "not the task owner or no production role",
)
ARGUMENT_MESSAGES = (
    "Argument error",
    "Type error",
    "expecting GET, received",
    "expecting POST, received",
    "jediTaskID must be an integer",
)

# Codes of task/submit. All others, 4 ("failed to register task") included, leave the outcome open.
SUBMIT_TOO_MANY_ACTIVE_TASKS = 10
SUBMIT_NO_SUCH_PARENT = 11

# A 64-bit column of a database holds no more.
LARGEST_TASK_ID = (1 << 63) - 1


@dataclass(frozen=True)
class Reply:
    """A well-formed answer: PanDA's three fields, and what an error about it has to quote."""

    success: bool
    message: str
    data: object
    answer: str
    mask: Mask = field(repr=False)
    http_status: int = 200

    def unusable(self, why: str) -> OutcomeUnknown:
        """Return the error for an answer that cannot be relied on."""
        return OutcomeUnknown(
            f"No usable answer came from PanDA: {why}.", http_status=self.http_status, answer=self.answer
        )


def read_reply(answer: Answer, mask: Mask, *, overloaded_is_not_sent: bool = True) -> Reply:
    """Return the reply, be it success or not; raise the error for everything that is no reply."""
    text = mask.head(answer.body)
    if answer.http_status != 200:
        raise _http_error(answer.http_status, text, overloaded_is_not_sent=overloaded_is_not_sent)
    unusable = Reply(success=False, message="", data=None, answer=text, mask=mask).unusable
    try:
        fields = json.loads(answer.body.decode())
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested without end
        raise unusable("it is not JSON") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("success"), bool):
        raise unusable("it does not say whether it succeeded")
    message = fields.get("message")
    if not isinstance(message, str | None):
        raise unusable("its message is no text")
    return Reply(fields["success"], mask(message or ""), fields.get("data"), text, mask)


def successful_data(reply: Reply) -> object:
    """Return the data of a successful query; raise Refused or one of its kinds otherwise."""
    if reply.success:
        return reply.data
    raise refusal_before_anything(reply) or refused(_refusal_kind(reply), reply)


def accepted_task_id(reply: Reply) -> int:
    """Return the id of the task that PanDA has just made.

    Strict: success, an int above 0 that a database can hold, and the message that belongs to a new task.
    A reactivated old task answers success too, with another message; a banned user gets success without
    an id.
    """
    task_id = reply.data
    if (
        reply.success
        and type(task_id) is int
        and 0 < task_id <= LARGEST_TASK_ID
        and reply.message == f"succeeded. new jediTaskID={task_id}"
    ):
        return task_id
    raise _submit_error(reply)


def _submit_error(reply: Reply) -> PandaError:
    code = reply.data if type(reply.data) is int else None
    if reply.success:
        if reply.data is None and _is_banned(reply.message):
            return refused(AccessRefused, reply)
        return reply.unusable("it reports success, but not that of a new task")
    if refusal := refusal_before_anything(reply):
        return refusal
    if code == SUBMIT_TOO_MANY_ACTIVE_TASKS:
        return refused(TooManyActiveTasks, reply)
    if code == SUBMIT_NO_SUCH_PARENT:
        return refused(ArgumentsRefused, reply)
    return reply.unusable(f"it does not say that nothing was done ({reply.message[:200].strip()!r})")


def refusal_before_anything(reply: Reply) -> Refused | None:
    """Return the error when PanDA did not even begin: no access, or arguments that do not fit."""
    if reply.message.startswith(ACCESS_MESSAGES) or _is_banned(reply.message):
        return refused(AccessRefused, reply)
    if reply.message.startswith(ARGUMENT_MESSAGES):
        return refused(ArgumentsRefused, reply)
    return None


def _refusal_kind(reply: Reply) -> type[Refused]:
    if re.match(r"Task not found|jediTaskID=\d+ not found$", reply.message.strip()):
        return TaskNotFound
    return Refused


def refused(kind: type[Refused], reply: Reply) -> Refused:
    data = reply.mask.data(reply.data)
    return kind(reply.message, data, http_status=reply.http_status, answer=reply.answer)


def _is_banned(message: str) -> bool:
    # With the blank: a task's name, which PanDA quotes in other messages, holds none.
    return "is banned" in message


def _http_error(status: int, text: str, *, overloaded_is_not_sent: bool) -> PandaError:
    """Return the error for a status other than 200; the body is plain text or a proxy's HTML then."""
    message = text.strip().partition("\n")[0][:300] or f"HTTP {status}"
    if status == 503 and overloaded_is_not_sent:
        return Overloaded(
            "PanDA is overloaded and did not look at the request.", http_status=status, answer=text
        )
    if status == 403 and re.search(r"method \S+ is forbidden", message):
        return MethodForbidden(message, http_status=status, answer=text)
    if status in (401, 403):
        return AccessRefused(message, http_status=status, answer=text)
    if status in (404, 405):
        return MethodForbidden(message, http_status=status, answer=text)
    if status == 500 and message.startswith("ERROR : received invalid JSON"):
        return ArgumentsRefused(message, http_status=status, answer=text)
    why = "it sends us to another address" if 300 <= status < 400 else f"it is HTTP {status}"
    return OutcomeUnknown(f"No usable answer came from PanDA: {why}.", http_status=status, answer=text)
