"""Saved views of the list of tasks: one's own, those that others share, and the one a list begins with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.extensions import db, find_row, insert_missing, write_unit
from app.models import DefaultView, SavedView, User
from app.services.pasted_lists import find_list
from app.services.problems import Invalid, NotAllowed, NotFound


@dataclass(frozen=True)
class ViewInput:
    """What is to be kept. query: that of the address, without the page; list_key: of the list it names."""

    name: str
    query: str
    list_key: str
    is_shared: bool


def views_for(user: User) -> list[SavedView]:
    """Return the views a person may open: their own, then those that others share, each by name."""
    by_name = (SavedView.owner_id != user.id, func.lower(SavedView.name), SavedView.id)
    statement = select(SavedView).where(_seen_by(user)).order_by(*by_name)
    return list(db.session.scalars(statement.options(joinedload(SavedView.owner))))


def get_view(view_id: int, user: User) -> SavedView:
    """Return a view of the person's own or a shared one. Raise NotFound for any other."""
    view = find_row(SavedView, view_id)
    if view is None or not (view.is_shared or view.owner_id == user.id):
        raise NotFound
    return view


def may_delete(user: User, view: SavedView) -> bool:
    """Say whether the role lets this person delete this view."""
    return may(Role(user.role), Right.DELETE_VIEW, is_owner=view.owner_id == user.id)


def save_view(user: User, given: ViewInput, limit: int, now: datetime, *, replaces: bool) -> SavedView:
    """Keep a view; replaces: in place of one's own of the same name. Commits.

    Raise Invalid when one's own has the name and is not to be replaced, or when there are as many as allowed.
    """
    with write_unit() as session:
        # Whoever saves at the same moment waits: the views are counted one after the other.
        session.execute(select(User.id).where(User.id == user.id).with_for_update())
        view = session.scalar(_own(user).where(SavedView.name == given.name))
        if view is None:
            _refuse_too_many(session, user, limit)
            view = SavedView(owner_id=user.id, name=given.name, created_at=now)
            session.add(view)
        elif not replaces:
            raise Invalid([Problem("name", "view_name_taken")])
        view.query, view.is_shared, view.updated_at = given.query, given.is_shared, now
        view.list_key = given.list_key if find_list(given.list_key) is not None else None
    return view


def change_view(view_id: int, user: User, name: str, is_shared: bool, now: datetime) -> None:
    """Give one's own view another name, share it or keep it to oneself. Commits.

    Raise Invalid when another of one's own has the name.
    """
    view = get_view(view_id, user)
    if view.owner_id != user.id:
        raise NotAllowed(Right.CHANGE_VIEW)
    values = {"name": name, "is_shared": is_shared, "updated_at": now}
    try:
        with write_unit() as session:
            session.execute(update(SavedView).where(SavedView.id == view_id).values(values))
    except IntegrityError:
        raise Invalid([Problem("name", "view_name_taken")]) from None


def delete_view(view_id: int, user: User) -> str:
    """Delete a view and return its name; lists that began with it begin with everything. Commits."""
    view = get_view(view_id, user)
    if not may_delete(user, view):
        raise NotAllowed(Right.DELETE_VIEW)
    name = view.name
    with write_unit() as session:
        session.execute(delete(SavedView).where(SavedView.id == view_id))
    return name


def choose_default(user: User, view_id: int | None) -> None:
    """Have the person's list begin with a view; None: with everything. Commits."""
    if view_id is not None:
        get_view(view_id, user)
    user_id = user.id
    with write_unit() as session:
        if view_id is None:
            session.execute(delete(DefaultView).where(DefaultView.user_id == user_id))
            return
        insert_missing(session, DefaultView, user_id=user_id, view_id=view_id)
        session.execute(update(DefaultView).where(DefaultView.user_id == user_id).values(view_id=view_id))


def find_default(user: User) -> SavedView | None:
    """Return the view a person's list begins with; one that is not shared any more does not count."""
    chosen = select(SavedView).join(DefaultView, DefaultView.view_id == SavedView.id)
    return db.session.scalar(chosen.where(DefaultView.user_id == user.id, _seen_by(user)))


def _own(user: User) -> Select[SavedView]:
    return select(SavedView).where(SavedView.owner_id == user.id)


def _seen_by(user: User) -> ColumnElement[bool]:
    return or_(SavedView.owner_id == user.id, SavedView.is_shared.is_(True))


def _refuse_too_many(session: Session, user: User, limit: int) -> None:
    count = session.scalar(select(func.count()).where(SavedView.owner_id == user.id)) or 0
    if count >= limit:
        raise Invalid([Problem("name", "too_many_views", {"limit": limit})])
