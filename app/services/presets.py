"""Presets of form values: one's own, and those that others share."""

from datetime import datetime

from app.domain.permission import Right, Role, may
from app.models import Preset, User
from app.services.kept import Shelf, ToKeep
from app.services.problems import NotAllowed

PRESETS = Shelf(Preset, Right.CHANGE_PRESET, Right.DELETE_PRESET, "preset_name_taken", "too_many_presets")


def save_preset(user: User, given: ToKeep, limit: int, now: datetime, *, replaces: bool) -> Preset:
    """Keep a preset; replaces: in place of one's own of the same name. Commits.

    Raise NotAllowed, or Invalid as Shelf.keep does.
    """
    if not may(Role(user.role), Right.CREATE_TASK):
        raise NotAllowed(Right.CREATE_TASK)
    return PRESETS.keep(user, given, limit, now, replaces=replaces)
