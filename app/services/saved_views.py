"""Saved views of the list of tasks: one's own, those that others share, and the one a list begins with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from app.domain.permission import Right
from app.extensions import db, insert_missing, write_unit
from app.models import DefaultView, SavedView, User
from app.services.kept import Shelf, ToKeep
from app.services.pasted_lists import find_list

# Lists that began with a view that is deleted begin with everything.
VIEWS = Shelf(SavedView, Right.CHANGE_VIEW, Right.DELETE_VIEW, "view_name_taken", "too_many_views")


@dataclass(frozen=True)
class ViewInput(ToKeep):
    """What is to be kept. query: that of the address, without the page; list_key: of the list it names."""

    list_key: str = ""


def save_view(user: User, given: ViewInput, limit: int, now: datetime, *, replaces: bool) -> SavedView:
    """Keep a view; replaces: in place of one's own of the same name. Commits. Raise Invalid as Shelf.keep."""
    with write_unit():
        view = VIEWS.keep(user, given, limit, now, replaces=replaces)
        view.list_key = given.list_key if find_list(given.list_key) is not None else None
    return view


def choose_default(user: User, view_id: int | None) -> None:
    """Have the person's list begin with a view; None: with everything. Commits."""
    if view_id is not None:
        VIEWS.get(view_id, user)
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
    return db.session.scalar(chosen.where(DefaultView.user_id == user.id, VIEWS.seen_by(user)))
