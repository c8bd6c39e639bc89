"""Watch for what was asked of PanDA: whether it was carried out, and that its tasks are read soon."""

from datetime import datetime

from app.services import effects
from app.services.orders import order_rules_from
from jobs.worker import Worker


def watch_effects(worker: Worker, now: datetime) -> bool:
    """Close the orders whose tasks show what became of them; always idle.

    PanDA is not asked here: the tasks are marked to be read, which the refresh does.
    """
    effects.settle_orders(order_rules_from(worker.config).watch, now)
    effects.ask_for_looks(now)
    return False
