"""Ask PanDA to do something with a task it has: one POST, and what its answer proves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from app.domain.command import SOFT
from app.domain.task_state import CommandKind
from app.extensions import db
from app.models import PandaCommand
from app.panda import errors
from app.panda import orders as panda_orders
from app.panda.orders import Order
from app.services import effects, installation, intent, orders
from app.services.holding import is_held_in
from app.services.orders import OrderIntent, order_rules_from
from jobs.call_log import SendLog
from jobs.outcome import keep_outcome, write_outcomes
from jobs.reach import backoff_seconds
from jobs.worker import Worker, log

# Errors after which nothing more is to be sent until a person, or check_access, has seen to it.
PAUSES: dict[type[errors.PandaError], str] = {
    errors.NoToken: installation.ACCESS,
    errors.AccessRefused: installation.ACCESS,
    errors.MethodForbidden: installation.SERVER,
}
_MAKE: dict[CommandKind, Callable[[str | None], Order]] = {
    CommandKind.KILL: lambda _: panda_orders.kill(),
    CommandKind.FINISH: lambda how: panda_orders.finish(soft=how == SOFT),
    CommandKind.RETRY: lambda _: panda_orders.retry(),
    CommandKind.PAUSE: lambda _: panda_orders.pause(),
    CommandKind.RESUME: lambda _: panda_orders.resume(),
    CommandKind.PRIORITY: lambda priority: panda_orders.change_priority(int(priority or 0)),
}


def carry_out(worker: Worker, command: PandaCommand, now: datetime) -> bool:
    """Send an order, once; True if there may be more to do."""
    command_id = command.id
    try:
        sending = orders.record_order_intent(command_id, _as_text, worker.epoch, now)
    except Exception as error:
        keep_outcome(worker, partial(_take_back, worker, command_id, type(error).__name__))
        raise
    if sending is None:  # taken back, replaced or overtaken a moment ago
        return is_held_in(worker.epoch)
    _send(worker, sending)
    return True


def _as_text(kind: CommandKind, argument: str | None, panda_id: int) -> tuple[str, str]:
    order = _MAKE[kind](argument)
    return order.method, order.body(panda_id)


def _take_back(worker: Worker, command_id: int, why: str) -> None:
    """Let an order that could not be prepared wait: it must not hold up the others."""
    later = worker.now() + timedelta(seconds=worker.config["DELIVER_RETRY_MAX_SECONDS"])
    if not orders.record_order_not_sent(command_id, why, later, worker.epoch):
        intent.put_off(command_id, why, later, worker.epoch)


def _send(worker: Worker, sending: OrderIntent) -> None:
    """Send it, unless another holder has begun: it takes this one for asked."""
    if not is_held_in(worker.epoch):
        log.error("command %s is not sent: another process holds the scheduled work", sending.command_id)
        return
    db.session.commit()  # nothing is held open while we wait for PanDA
    record, error = SendLog(sending.call_id), None
    try:
        worker.panda.order(_MAKE[sending.kind](sending.argument), sending.panda_id, record)
    except errors.PandaError as found:
        error = found
    keep_outcome(worker, partial(_write, worker, sending, record, error))
    write_outcomes(worker)


def _write(worker: Worker, sending: OrderIntent, record: SendLog, error: errors.PandaError | None) -> None:
    """Write down what the answer proves: taken, refused, not sent, or nothing at all."""
    now = worker.now()
    record.write(error)
    log.info("command %s, %s of PanDA task %s: %s", sending.command_id, sending.kind, sending.panda_id,
             error or "asked")  # fmt: skip
    if isinstance(error, errors.NotInThisState | errors.ArgumentsRefused):
        later = now + order_rules_from(worker.config).again
        orders.record_order_refused(sending.command_id, str(error), later, worker.epoch, now)
    elif error is None or not isinstance(error, errors.NotSent | errors.Refused):
        lost = None if error is None else str(error)
        orders.record_asked(sending.command_id, lost, order_rules_from(worker.config), worker.epoch, now)
    else:
        _put_back(worker, sending, error, now)
    if error is None:
        worker.answered()
    else:
        worker.note_error(error)


def _put_back(worker: Worker, sending: OrderIntent, error: errors.PandaError, now: datetime) -> None:
    """Back into the queue, as nothing was done. Its own wait grows with each try, not that of the others."""
    command = db.session.get_one(PandaCommand, sending.command_id)
    first, longest = worker.config["DELIVER_RETRY_SECONDS"], worker.config["DELIVER_RETRY_MAX_SECONDS"]
    until = now + timedelta(seconds=backoff_seconds(command.tries + 1, first, longest))
    why = effects.NOT_KNOWN_YET if isinstance(error, errors.TaskNotFound) else str(error)
    orders.record_order_not_sent(sending.command_id, why, until, worker.epoch)
    for kind, reason in PAUSES.items():
        if isinstance(error, kind):
            installation.pause_delivery(reason, str(error), now)
