"""One request's view of the simulated PanDA: its tasks, its clock, its faults, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.panda.simulator.clock import Clock
from app.panda.simulator.faults import Faults
from app.panda.simulator.settings import Settings
from app.panda.simulator.store import Database, Store
from app.panda.simulator.task import Task


@dataclass(frozen=True)
class World:
    """What a request sees. `now` does not move while the request is carried out."""

    settings: Settings
    store: Store
    clock: Clock
    faults: Faults
    now: float

    @property
    def is_database_down(self) -> bool:
        return self.faults.standing("database_down") is not None

    def find(self, task_id: int) -> Task | None:
        """Find a task in T_TASK; nothing is found while the database is down."""
        return None if self.is_database_down else self.store.find(task_id)

    def find_in_jedi(self, task_id: int) -> Task | None:
        """Find a task that JEDI has taken; fresh ones are invisible to nearly every query."""
        task = self.find(task_id)
        return task if task is not None and task.is_known_to_jedi else None


@contextmanager
def open_world(settings: Settings, database: Database) -> Iterator[World]:
    """Open the world for one request; what was done inside is stored when the block ends without an error."""
    with database.transaction() as store:
        clock = Clock(store.connection, settings.time_scale)
        yield World(settings, store, clock, Faults(store.connection), clock.now())
