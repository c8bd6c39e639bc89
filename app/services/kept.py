"""Things that people keep under names and may share: presets, and views of the list of tasks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.extensions import db, find_row, write_unit
from app.models import Preset, SavedView, User
from app.services.problems import Invalid, NotAllowed, NotFound

Thing = TypeVar("Thing", Preset, SavedView)


@dataclass(frozen=True)
class ToKeep:
    """What is to be kept. query: fields with their values, as in an address."""

    name: str
    query: str
    is_shared: bool


@dataclass(frozen=True)
class Shelf(Generic[Thing]):
    """A kind of things that people keep, with its table, its rights and the codes of its problems."""

    table: type[Thing]
    to_change: Right
    to_delete: Right
    name_taken: str
    too_many: str

    def all_for(self, user: User) -> list[Thing]:
        """Return what a person may use: their own, then what others share, each by name."""
        by_name = (self.table.owner_id != user.id, func.lower(self.table.name), self.table.id)
        statement = select(self.table).where(self.seen_by(user)).order_by(*by_name)
        return list(db.session.scalars(statement.options(joinedload(self.table.owner))))

    def get(self, thing_id: int, user: User) -> Thing:
        """Return a thing of the person's own or a shared one. Raise NotFound for any other."""
        thing = find_row(self.table, thing_id)
        if thing is None or not (thing.is_shared or thing.owner_id == user.id):
            raise NotFound
        return thing

    def may_delete(self, user: User, thing: Thing) -> bool:
        """Say whether the role lets this person delete this thing."""
        return may(Role(user.role), self.to_delete, is_owner=thing.owner_id == user.id)

    def keep(self, user: User, given: ToKeep, limit: int, now: datetime, *, replaces: bool) -> Thing:
        """Keep a thing; replaces: in place of one's own of the same name. Commits.

        Raise Invalid when one's own has the name and is not to be replaced, or when there are as many as
        allowed.
        """
        with write_unit() as session:
            _wait_for_others(session, user.id)
            thing = self._named(session, user.id, given.name)
            if thing is None:
                self._refuse_too_many(session, user, limit)
                thing = self.table(owner_id=user.id, name=given.name, created_at=now)
                session.add(thing)
            elif not replaces:
                raise Invalid([Problem("name", self.name_taken)])
            thing.query, thing.is_shared, thing.updated_at = given.query, given.is_shared, now
        return thing

    def change(self, thing_id: int, user: User, name: str, is_shared: bool, now: datetime) -> None:
        """Give one's own thing another name, share it or keep it to oneself. Commits.

        Raise NotFound, NotAllowed, or Invalid when another of one's own has the name.
        """
        with write_unit() as session:
            _wait_for_others(session, user.id)
            thing = self.get(thing_id, user)
            if not may(Role(user.role), self.to_change, is_owner=thing.owner_id == user.id):
                raise NotAllowed(self.to_change)
            if self._named(session, user.id, name) not in {None, thing}:
                raise Invalid([Problem("name", self.name_taken)])
            thing.name, thing.is_shared, thing.updated_at = name, is_shared, now

    def delete(self, thing_id: int, user: User) -> str:
        """Delete a thing and return its name. Commits. Raise NotFound, NotAllowed."""
        with write_unit() as session:
            thing = self.get(thing_id, user)
            if not self.may_delete(user, thing):
                raise NotAllowed(self.to_delete)
            name = thing.name
            _wait_for_others(session, thing.owner_id)
            session.execute(delete(self.table).where(self.table.id == thing_id))
        return name

    def seen_by(self, user: User) -> ColumnElement[bool]:
        """Return what is true of the things that a person may use."""
        return or_(self.table.owner_id == user.id, self.table.is_shared.is_(True))

    def _named(self, session: Session, owner_id: int, name: str) -> Thing | None:
        return session.scalar(
            select(self.table).where(self.table.owner_id == owner_id, self.table.name == name)
        )

    def _refuse_too_many(self, session: Session, user: User, limit: int) -> None:
        count = session.scalar(select(func.count()).where(self.table.owner_id == user.id)) or 0
        if count >= limit:
            raise Invalid([Problem("name", self.too_many, {"limit": limit})])


def _wait_for_others(session: Session, owner_id: int) -> None:
    """Let whoever keeps, changes or deletes things of this owner at the same moment come to an end.

    So what is read here stays true: the name is free, the things are as many, and none is gone.
    """
    session.execute(select(User.id).where(User.id == owner_id).with_for_update())
