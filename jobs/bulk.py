"""Carry on the actions on many tasks that people have confirmed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on, fail, give_up, next_action, next_item
from app.services.transitions import holder_is
from jobs.worker import Worker, log

# A task that fails so often keeps no other from its turn; an action with so many such tasks is ended.
TRIES = MOST_GIVEN_UP = 3


@dataclass
class Turns:
    """What the work remembers: whose turn it was last, and what has failed how often."""

    last: int = 0
    tries: Counter[int] = field(default_factory=Counter)
    given_up: Counter[int] = field(default_factory=Counter)


def carry_on_next(worker: Worker, now: datetime) -> bool:
    """Do the next task of the action whose turn it is; True when there may be more. Commits."""
    turns = worker.memory.setdefault("bulk_turns", Turns())
    action_id = next_action(turns.last)
    if action_id is None:
        return False
    turns.last = action_id
    item_id = next_item(action_id)
    if item_id is not None and turns.tries[item_id] == TRIES:
        _give_up(turns, action_id, item_id, now)
        return True
    turns.tries[item_id or 0] += 1
    if "bulk_rules" not in worker.memory:
        worker.memory["bulk_rules"] = bulk_rules_from(worker.config)
    may_go_on = carry_on(action_id, worker.memory["bulk_rules"], now, holder_is(worker.epoch))
    turns.tries.pop(item_id or 0)
    return may_go_on


def _give_up(turns: Turns, action_id: int, item_id: int, now: datetime) -> None:
    log.error("item %d of an action on many tasks is given up: it failed %d times", item_id, TRIES)
    give_up(action_id, item_id)
    turns.tries.pop(item_id)
    turns.given_up[action_id] += 1
    if turns.given_up[action_id] > MOST_GIVEN_UP:
        log.error("action %d on many tasks is ended: one after the other fails", action_id)
        fail(action_id, now)
