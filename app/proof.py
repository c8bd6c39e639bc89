"""A fresh proof of who somebody is: asked for before what guards an account changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _

from app.security import own_path

View = TypeVar("View", bound=Callable[..., Any])


def needs_proof(view: View) -> View:
    """Open a view only to a person who proved who they are a short while ago; others are asked first."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if is_proved():
            return view(*args, **kwargs)
        if request.method != "GET":
            flash(_("Nothing was saved. Say who you are, then fill in the form again."), "warning")
        return redirect(url_for("proof.ask", next=own_path(_page_to_return_to())), 303)

    guarded.needs_proof = True  # type: ignore[attr-defined]
    return cast(View, guarded)


def is_proved() -> bool:
    """Say whether the last proof is fresh enough."""
    age: timedelta = datetime.now(UTC) - g.session_proved_at
    return age <= timedelta(minutes=current_app.config["PROOF_KEEPS_MINUTES"])


def _page_to_return_to() -> str | None:
    """Return the page asked for, or the one that holds the form that was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return urlsplit(request.referrer or "").path or None
