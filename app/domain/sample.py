"""Samples: tasks that make the same physics.

Two tasks are of the same sample when their names differ only in fields that say nothing of the physics
(`is_label` in config.py: dataset name and version): the same year, source, energy, polarization, description,
run and data type. A collision system that was chosen differently for both makes them two samples all the
same; it is no part of the name.
"""

from collections.abc import Mapping

from app.domain.convention import Convention
from app.domain.naming import encode, normalise


def sample_of(convention: Convention, fields: Mapping[str, str]) -> str:
    """Return what the fields of a name say of the physics, spelled as in the name."""
    normal = normalise(convention, fields)
    told = [field for field in convention.fields if not field.is_label]
    return convention.separator.join(encode(field, normal[field.name]) for field in told)


def is_same_collision(one: str | None, other: str | None) -> bool:
    """Say whether two tasks may be of one collision system: one that was not chosen may be any."""
    return not one or not other or one == other
