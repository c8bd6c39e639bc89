"""The log of every exchange with PanDA: written before the first byte leaves, completed by the answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, bindparam, delete, insert, true, update
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Installation, PandaCall
from app.services.installation import PANDA_IS_THERE

OPEN = "open"
OK = "ok"
# The name of the client's error for an answer that never came.
ANSWER_LOST = "OutcomeUnknown"


# Put together once: they are run before and after every call.
_CALLS, _INSTALLATION = Table("panda_call", PandaCall.metadata), Table("installation", Installation.metadata)
_BEGIN_CALL = insert(_CALLS).returning(_CALLS.c.id)
_END_CALL = (
    update(_CALLS)
    .where(_CALLS.c.id == bindparam("call_id"))
    .values({name: bindparam(name) for name in ("http_status", "answer", "outcome", "milliseconds")})
)
_PANDA_IS_THERE = update(_INSTALLATION).values(panda_answered_at=bindparam("now"), **PANDA_IS_THERE)


@dataclass(frozen=True)
class CallContext:
    """For whom and for what a call is made."""

    user_id: int | None = None
    task_id: int | None = None
    command_id: int | None = None


@dataclass(frozen=True)
class CallResult:
    """How a call ended. answer holds at most 4 kB and no secrets; outcome is "ok" or an error's name."""

    http_status: int | None
    answer: str
    outcome: str
    milliseconds: int


def begin_call(
    context: CallContext, verb: str, method: str, panda_id: int | None, parameters: str, now: datetime
) -> int:
    """Write down that a call is about to be made and return its id. Commits on its own connection."""
    with Session(db.engine) as session, session.begin():
        session.connection(execution_options={"write_unit": True})
        return add_call(session, context, verb, method, panda_id, parameters, now)


def add_call(
    session: Session, context: CallContext, verb: str, method: str, panda_id: int | None, parameters: str,
    now: datetime,
) -> int:  # fmt: skip
    """Add the row of a call that is about to be made and return its id. Does not commit."""
    row = {
        "started_at": now, "user_id": context.user_id, "task_id": context.task_id, "panda_id": panda_id,
        "command_id": context.command_id, "verb": verb, "method": method, "parameters": parameters,
        "outcome": OPEN,
    }  # fmt: skip
    return int(session.execute(_BEGIN_CALL, row).scalar_one())


def end_call(call_id: int, result: CallResult, now: datetime) -> None:
    """Write down how a call ended. Commits on its own connection."""
    ended = {
        "http_status": result.http_status, "answer": result.answer, "outcome": result.outcome,
        "milliseconds": result.milliseconds,
    }  # fmt: skip
    with db.engine.connect().execution_options(write_unit=True) as connection, connection.begin():
        connection.execute(_END_CALL, {"call_id": call_id, **ended})
        if result.outcome == OK:
            connection.execute(_PANDA_IS_THERE, {"now": now})


def forget_call(call_id: int) -> None:
    """Delete the row of a call that was not made after all. Commits."""
    with Session(db.engine) as session, session.begin():
        session.connection(execution_options={"write_unit": True})
        session.execute(delete(PandaCall).where(PandaCall.id == call_id, PandaCall.outcome == OPEN))


def give_up_calls(command_id: int | None = None) -> None:
    """Say of calls (of one command, or all) that their program died before an answer came. Commits.

    Should it live on, its answer overwrites this.
    """
    with Session(db.engine) as session, session.begin():
        session.connection(execution_options={"write_unit": True})
        which = PandaCall.command_id == command_id if command_id is not None else true()
        session.execute(update(PandaCall).where(PandaCall.outcome == OPEN, which).values(outcome=ANSWER_LOST))


def forget_old_reads(before: datetime) -> int:
    """Delete reading calls older than `before`; commands are kept for ever. Returns how many. Commits."""
    with Session(db.engine) as session, session.begin():
        session.connection(execution_options={"write_unit": True})
        result = session.execute(
            delete(PandaCall).where(PandaCall.verb == "GET", PandaCall.started_at < before)
        )
        return int(getattr(result, "rowcount", 0))
