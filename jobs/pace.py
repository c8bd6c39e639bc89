"""How fast tasks are sent: at most so many a minute, and none while answer after answer is lost."""

from collections import deque
from datetime import datetime

from app.panda.errors import OutcomeUnknown, PandaError
from app.services import installation
from jobs.worker import Worker, log

MINUTE = 60.0


def is_too_fast(worker: Worker) -> bool:
    """Say whether as many tasks as a minute may take were sent within the last one."""
    limit = worker.config["SUBMISSIONS_PER_MINUTE"]
    sent = _sent(worker)
    while sent and worker.clock() - sent[0] >= MINUTE:
        sent.popleft()
    return bool(limit) and len(sent) >= limit


def note_send(worker: Worker) -> None:
    """Note that a task is being sent."""
    _sent(worker).append(worker.clock())


def _sent(worker: Worker) -> deque[float]:
    """The moments of the last sends, on the clock that does not jump; with a limit never more than that."""
    limit = worker.config["SUBMISSIONS_PER_MINUTE"]
    sent: deque[float] = worker.memory.setdefault("sent", deque(maxlen=limit or 1))
    return sent


def note_answer(worker: Worker, error: PandaError | None, now: datetime) -> None:
    """Count the sends in a row whose answer was lost, and pause delivery when they are too many.

    A PanDA that takes each task and answers none must not make each queued task a lost one.
    """
    if not isinstance(error, OutcomeUnknown):
        worker.memory["lost_in_a_row"] = 0
        return
    lost = worker.memory["lost_in_a_row"] = worker.memory.get("lost_in_a_row", 0) + 1
    if lost >= worker.config["UNANSWERED_SENDS_LIMIT"]:
        words = f"the answers to the last {lost} sends were lost: {error}"
        log.error("%s; nothing is sent for a while", words)
        installation.pause_delivery(installation.UNANSWERED, words, now)
