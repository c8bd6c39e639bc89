"""The history of a task as its page shows it: entries in words, and comments taken apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from flask import current_app, url_for

from app.command_words import order_icon, order_name, order_state
from app.domain.comment import PieceKind, mentioned_in, pieces_of
from app.domain.permission import Right, Role, may
from app.language import number
from app.models import PandaCommand, TaskChange, TaskComment, TaskTransition, User
from app.page_context import field_label
from app.services.comments import CommentRules, can_be_changed, people_named
from app.services.history import Entry, HistoryPage, moment_of

# Facts that are written with their thousands apart.
COUNTS = frozenset({"events", "jobs"})
# Entries on the page of the task, and on a page of the whole history.
SHOWN, SHOWN_OF_ALL = 20, 100


@dataclass(frozen=True)
class ShownPiece:
    """A piece of a comment: text, with an address of a page, or the name of somebody there is."""

    text: str
    url: str = ""
    is_person: bool = False


@dataclass(frozen=True)
class ShownEntry:
    """An entry of the history. kind: "state", "order", "change" or "comment"; who: "" is the service."""

    kind: str
    id: int
    at: datetime
    who: str
    row: Any
    # Of an order: its name, icon and state in words.
    order: tuple[str, str, str] = ("", "", "")
    # Of a change: (label, old, new) of each field.
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    # Of a comment.
    pieces: list[ShownPiece] = field(default_factory=list)
    can_change: bool = False
    can_delete: bool = False


def shown_history(page: HistoryPage, user: User) -> list[ShownEntry]:
    """Return the entries in words. What one person changed at one moment is one entry."""
    comments = [entry for entry in page.entries if isinstance(entry, TaskComment)]
    people = people_named(name for comment in comments for name in mentioned_in(comment.text))
    return [_shown(list(same), user, people) for _key, same in groupby(page.entries, _together)]


def _together(entry: Entry) -> tuple[object, ...]:
    if isinstance(entry, TaskChange):
        return ("change", entry.at, entry.user_id, entry.way)
    return (type(entry).__name__, entry.id)


def _shown(same: Sequence[Entry], user: User, people: dict[str, User]) -> ShownEntry:
    entry = same[0]
    facts: dict[str, Any] = {"id": entry.id, "at": moment_of(entry), "row": entry}
    if isinstance(entry, TaskComment):
        said: dict[str, Any] = {"pieces": shown_pieces(entry.text, user, people), **_rights(entry, user)}
        return ShownEntry("comment", who=_name(entry.user), **facts, **said)
    if isinstance(entry, PandaCommand):
        order = order_name(entry), order_icon(entry), order_state(entry)
        return ShownEntry("order", who=_name(entry.requested_by), order=order, **facts)
    if isinstance(entry, TaskTransition):
        return ShownEntry("state", who=_name(entry.user), **facts)
    return ShownEntry("change", who=_name(entry.user), changes=_changes(same), **facts)


def _name(user: User | None) -> str:
    return (user.full_name or user.username) if user else ""


def _rights(comment: TaskComment, user: User) -> dict[str, bool]:
    rules, role = CommentRules.from_settings(current_app.config), Role(user.role)
    is_own = comment.user_id == user.id
    is_in_time = can_be_changed(comment, rules, datetime.now(UTC))
    is_there = comment.deleted_at is None
    return {
        "can_change": is_in_time and may(role, Right.CHANGE_COMMENT, is_owner=is_own),
        "can_delete": is_there and may(role, Right.DELETE_COMMENT, is_owner=is_own),
    }


def _changes(rows: Iterable[Any]) -> list[tuple[str, str, str]]:
    in_order = sorted(rows, key=lambda row: row.id)
    return [
        (field_label(row.field), shown_fact(row.field, row.old), shown_fact(row.field, row.new))
        for row in in_order
    ]


def shown_fact(field: str, value: str | None) -> str:
    """Return a fact of a task as it is read; "" for none."""
    return number(int(value)) if value and field in COUNTS else value or ""


def shown_pieces(text: str, user: User, people: dict[str, User]) -> list[ShownPiece]:
    """Return a comment in pieces. A name leads to the person's page only who may open it."""
    sees_people = may(Role(user.role), Right.MANAGE_PEOPLE)
    pieces = []
    for piece in pieces_of(text):
        person = people.get(piece.username) if piece.kind is PieceKind.MENTION else None
        url = piece.text if piece.kind is PieceKind.ADDRESS else ""
        if person and sees_people:
            url = url_for("people.show", person_id=person.id)
        pieces.append(ShownPiece(piece.text, url, is_person=person is not None))
    return pieces
