"""Pages for programs: they ask for no person, no session and no database before the view itself does."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def for_machines(view: View) -> View:
    """Mark a view that anybody may open and that wants to know nothing about who asks."""
    view.is_public = view.is_for_machines = True  # type: ignore[attr-defined]
    return view


def is_for_machines(view: object) -> bool:
    """Say whether a view was marked so."""
    return bool(getattr(view, "is_for_machines", False))
