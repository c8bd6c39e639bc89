"""Chains as they are listed and shown: their tasks, and what these have come to together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.domain.permission import Right, Role, may
from app.domain.task_state import TaskState, is_changing
from app.extensions import LARGEST_ID, db
from app.models import Task, User
from app.services.paging import Page, read_page
from app.services.problems import NotFound
from app.services.tasks import is_visible


@dataclass(frozen=True)
class Chain:
    """The tasks of a chain that a person may see, in the order they were made; the first gives its id."""

    tasks: Sequence[Task]

    @property
    def first(self) -> Task:
        """Return the task that all others follow."""
        return self.tasks[0]

    @property
    def events(self) -> int:
        """Events of the first step: the size of the sample."""
        return self.first.events

    @property
    def jobs_total(self) -> int:
        """Jobs of all steps."""
        return sum(task.jobs_total or 0 for task in self.tasks)

    @property
    def jobs_done(self) -> int:
        """Jobs done of all steps."""
        return sum(task.jobs_done for task in self.tasks)

    @property
    def jobs_failed(self) -> int:
        """Jobs failed of all steps."""
        return sum(task.jobs_failed for task in self.tasks)

    @property
    def updated_at(self) -> datetime:
        """Return when anything of it last changed."""
        return max(task.updated_at for task in self.tasks)

    @property
    def is_changing(self) -> bool:
        """Say whether any of it may change without a person acting on it."""
        return any(is_changing(task.shown_state) for task in self.tasks)


# What the page of a chain shows of its tasks beside what the list does.
_SHOWN_OF_ONE = joinedload(Task.waits_for), joinedload(Task.extends)


def list_chains(user: User, number: int, size: int, count_limit: int) -> Page[Task]:
    """Return a page of the first tasks of chains, newest first."""
    firsts = select(Task).where(Task.chain_id == Task.id, *_visible(user)).order_by(Task.id.desc())
    return read_page(firsts, number, size, count_limit)


def chains_of(firsts: Sequence[Task], user: User) -> list[Chain]:
    """Return the chains that begin with these tasks."""
    ids = [task.id for task in firsts]
    found = db.session.scalars(_tasks().where(Task.chain_id.in_(ids), *_visible(user))).all()
    return [Chain([task for task in found if task.chain_id == first_id]) for first_id in ids]


def get_chain(chain_id: int, user: User) -> Chain:
    """Return a chain. Raise NotFound where its first task is not one that the person may see."""
    found = (
        db.session.scalars(_tasks().where(Task.chain_id == chain_id).options(*_SHOWN_OF_ONE)).all()
        if 0 < chain_id <= LARGEST_ID
        else []
    )
    visible = [task for task in found if is_visible(user, task)]
    if not visible or visible[0].id != chain_id:
        raise NotFound
    return Chain(visible)


def _tasks() -> Select[Task]:
    return select(Task).order_by(Task.id).options(selectinload(Task.fields), joinedload(Task.parent))


def _visible(user: User) -> list[ColumnElement[bool]]:
    if may(Role(user.role), Right.VIEW_DRAFT):
        return []
    return [or_(Task.state != TaskState.DRAFT.value, Task.creator_id == user.id)]
