"""Tasks in PanDA's list of ours that the database does not know: one with our key was sent from here."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.payload import KEY
from app.panda.errors import OutcomeUnknown, Refused
from app.services.calls import CallContext
from app.services.restored import unknown_keys
from app.services.strays import note_stray_at_panda
from jobs.worker import Worker, log


def meet_strangers(worker: Worker, panda_ids: Iterable[int]) -> None:
    """Remember the ids of a list that no task of ours has; those met before are known already."""
    met: set[int] = worker.memory.setdefault("strangers_met", set())
    waiting: set[int] = worker.memory.setdefault("strangers", set())
    waiting |= set(panda_ids) - met


def read_strangers(worker: Worker, now: datetime) -> None:
    """Read the parameters of a few strangers, the newest first, and pause delivery if one is ours.

    What was once read of an id never changes. A stranger that cannot be read waits for the next cycle.
    """
    met: set[int] = worker.memory.setdefault("strangers_met", set())
    waiting: set[int] = worker.memory.setdefault("strangers", set())
    for panda_id in sorted(waiting, reverse=True)[: worker.config["REFRESH_STRANGERS_PER_CYCLE"]]:
        try:
            with worker.calling_for(CallContext()) as panda:
                parameters = panda.get_task_parameters(panda_id)
        except (OutcomeUnknown, Refused) as error:
            log.warning("PanDA task %d, which is not known here, could not be read: %s", panda_id, error)
            return
        _judge(panda_id, parameters.get(KEY), parameters.get("taskName"), now)
        waiting.discard(panda_id)
        met.add(panda_id)


def _judge(panda_id: int, key: object, name: object, now: datetime) -> None:
    if not isinstance(key, str) or not unknown_keys([key]):
        return
    if note_stray_at_panda(key, panda_id, str(name or ""), now):
        log.error("PanDA task %d was sent from here, but is not known here: nothing is sent", panda_id)
