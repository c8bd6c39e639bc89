"""Tasks that new ones are to follow: what speaks against it, and the chain that begins with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.chain import Readiness, readiness
from app.domain.naming_form import quoted
from app.domain.problem import Level, Problem
from app.domain.succession import PARENT, Recipes, problems_of_kind
from app.models import Task, User
from app.services.queue import as_parent
from app.services.rules import TaskRules
from app.services.tasks import is_visible, may_act
from app.services.transitions import changed_one


@dataclass(frozen=True)
class After:
    """The task that the first step of each chain of a plan follows. task: None when it is gone, or hidden."""

    id: int
    task: Task | None

    @property
    def fields(self) -> dict[str, str]:
        """Return its fields by name."""
        return {each.field: each.value for each in self.task.fields} if self.task else {}

    def problems(
        self, fields: Mapping[str, str], user: User, recipes: Recipes, rules: TaskRules
    ) -> list[Problem]:
        """Return what speaks against a task with these fields following it."""
        if self.task is None or not is_visible(user, self.task):
            return [Problem(PARENT, "parent_gone", {"id": self.id})]
        found = problems_with_parent(self.task, self.task.name, user)
        return found or problems_of_kind(fields, self.fields, recipes, rules.recipe_field)

    def locked(self, session: Session) -> "After":
        """Return it as it is now: nobody deletes it, or begins a chain with it, in this transaction."""
        return After(self.id, session.get(Task, self.id, with_for_update={"key_share": True}))


def problems_with_parent(task: Task | None, name: str, user: User) -> list[Problem]:
    """Return what speaks against this person's tasks following that one. name: as it was given."""
    if task is None or not is_visible(user, task):
        return [Problem(PARENT, "parent_unknown", {"parent": quoted(name)})]
    if not may_act(user, task):
        # The chain as a whole could else be steered by nobody.
        return [Problem(PARENT, "parent_not_yours", {"creator": task.creator_name})]
    if task.is_twin:
        # What it makes belongs to no sample, and is as small as a test is.
        return [Problem(PARENT, "parent_is_twin", {"id": task.id})]
    if readiness(as_parent(task)) is Readiness.DEAD:
        return [Problem(PARENT, "parent_dead", level=Level.WARNING)]
    return []


def lock_parents(session: Session, tasks: Iterable[Task]) -> None:
    """Take the tasks that are to begin a chain, all in one order: else two tables wait for each other."""
    ids = {task.id for task in tasks if task.chain_id is None}
    # As an update locks: children may be added meanwhile.
    statement = select(Task.id).order_by(Task.id).with_for_update(key_share=True)
    if ids:
        session.execute(statement.where(Task.id.in_(ids))).all()


def begin_chain(session: Session, task: Task, now: datetime) -> Task:
    """Return a task that gets a child: it begins a chain where it is in none. Does not commit."""
    if task.chain_id is None:
        free = Task.id == task.id, Task.chain_id.is_(None)
        values = {"chain_id": task.id, "updated_at": now}
        changed_one(session, update(Task).where(*free).values(values))
        session.refresh(task)
    return task
