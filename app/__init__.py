"""The SPD Production Manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the web application.

    Settings: config.py, then `<instance>/config.py`, then SPD_* in the environment, then overrides.
    Raise SettingsError with every problem listed when they are not fit to run with.
    """
    # Imported here, so that the simulator, a program of its own in this package, starts without it.
    from app.factory import build_app

    return build_app(overrides or {})
