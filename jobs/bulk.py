"""Carry on the actions on many tasks that people have confirmed."""

from collections import Counter
from datetime import datetime

from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on, give_up, next_action, next_item
from app.services.transitions import holder_is
from jobs.worker import Worker, log

# A task that fails so often keeps no other from its turn.
TRIES = 3


def carry_on_next(worker: Worker, now: datetime) -> bool:
    """Do the next task of the action whose turn it is; True when there may be more. Commits."""
    action_id = next_action()
    if action_id is None:
        return False
    item_id, tries = next_item(action_id), worker.memory.setdefault("bulk_tries", Counter())
    if item_id is not None and tries[item_id] == TRIES:
        log.error("item %d of an action on many tasks is given up: it failed %d times", item_id, TRIES)
        give_up(action_id, item_id)
        tries.clear()
        return True
    tries[item_id] += 1
    if "bulk_rules" not in worker.memory:
        worker.memory["bulk_rules"] = bulk_rules_from(worker.config)
    may_go_on = carry_on(action_id, worker.memory["bulk_rules"], now, holder_is(worker.epoch))
    tries.clear()
    return may_go_on
