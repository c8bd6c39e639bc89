"""Presets of form values: one's own, and those that others share."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.extensions import db, find_row, write_unit
from app.models import Preset, User
from app.services.problems import Invalid, NotAllowed, NotFound


@dataclass(frozen=True)
class PresetInput:
    """What is to be kept. query: fields with their values, as in an address."""

    name: str
    query: str
    is_shared: bool


def presets_for(user: User) -> list[Preset]:
    """Return the presets a person may use: their own, then those that others share, each by name."""
    by_name = (Preset.owner_id != user.id, func.lower(Preset.name), Preset.id)
    statement = select(Preset).where(_seen_by(user)).order_by(*by_name)
    return list(db.session.scalars(statement.options(joinedload(Preset.owner))))


def get_preset(preset_id: int, user: User) -> Preset:
    """Return a preset of the person's own or a shared one. Raise NotFound for any other."""
    preset = find_row(Preset, preset_id)
    if preset is None or not (preset.is_shared or preset.owner_id == user.id):
        raise NotFound
    return preset


def may_delete(user: User, preset: Preset) -> bool:
    """Say whether the role lets this person delete this preset."""
    return may(Role(user.role), Right.DELETE_PRESET, is_owner=preset.owner_id == user.id)


def save_preset(user: User, given: PresetInput, limit: int, now: datetime, *, replaces: bool) -> Preset:
    """Keep a preset; replaces: in place of one's own of the same name. Commits.

    Raise NotAllowed, or Invalid when one's own has the name and is not to be replaced, or when there are as
    many as allowed.
    """
    if not may(Role(user.role), Right.CREATE_TASK):
        raise NotAllowed(Right.CREATE_TASK)
    with write_unit() as session:
        # Whoever saves at the same moment waits: the presets are counted one after the other.
        session.execute(select(User.id).where(User.id == user.id).with_for_update())
        own = Preset.owner_id == user.id, Preset.name == given.name
        preset = session.scalar(select(Preset).where(*own))
        if preset is None:
            _refuse_too_many(session, user, limit)
            preset = Preset(owner_id=user.id, name=given.name, created_at=now)
            session.add(preset)
        elif not replaces:
            raise Invalid([Problem("name", "preset_name_taken")])
        preset.query, preset.is_shared, preset.updated_at = given.query, given.is_shared, now
    return preset


def change_preset(preset_id: int, user: User, name: str, is_shared: bool, now: datetime) -> None:
    """Give one's own preset another name, share it or keep it to oneself. Commits.

    Raise Invalid when another of one's own has the name.
    """
    preset = get_preset(preset_id, user)
    if not may(Role(user.role), Right.CHANGE_PRESET, is_owner=preset.owner_id == user.id):
        raise NotAllowed(Right.CHANGE_PRESET)
    values = {"name": name, "is_shared": is_shared, "updated_at": now}
    try:
        with write_unit() as session:
            session.execute(update(Preset).where(Preset.id == preset_id).values(values))
    except IntegrityError:
        raise Invalid([Problem("name", "preset_name_taken")]) from None


def delete_preset(preset_id: int, user: User) -> str:
    """Delete a preset and return its name. Commits."""
    preset = get_preset(preset_id, user)
    if not may_delete(user, preset):
        raise NotAllowed(Right.DELETE_PRESET)
    name = preset.name
    with write_unit() as session:
        session.execute(delete(Preset).where(Preset.id == preset_id))
    return name


def _seen_by(user: User) -> ColumnElement[bool]:
    return or_(Preset.owner_id == user.id, Preset.is_shared.is_(True))


def _refuse_too_many(session: Session, user: User, limit: int) -> None:
    count = session.scalar(select(func.count()).where(Preset.owner_id == user.id)) or 0
    if count >= limit:
        raise Invalid([Problem("name", "too_many_presets", {"limit": limit})])
