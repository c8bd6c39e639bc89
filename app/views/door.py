"""What sign-in, the code and the proof share: the limits, the cookie of a known browser, too many tries."""

from datetime import UTC, datetime, timedelta
from math import ceil

from flask import current_app, flash, request
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.models import User
from app.services.codes import count_recovery_codes, is_recovery_code
from app.services.devices import LIFE, remember_device
from app.services.signing_in import TryLimits
from app.services.throttle import TooManyTries

# So few recovery codes are left that the person is warned.
FEW_CODES = 3


def try_limits() -> TryLimits:
    """Return how many passwords are looked at, from the settings."""
    config = current_app.config
    return TryLimits(
        account=config["SIGN_IN_TRIES"],
        address=config["SIGN_IN_TRIES_PER_ADDRESS"],
        window=timedelta(minutes=config["SIGN_IN_TRIES_MINUTES"]),
    )


def device_token() -> str | None:
    """Return the cookie of a browser that signed in before."""
    return request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"])


def remember_browser(answer: Response, user: User) -> None:
    """Give the browser the cookie by which it is known the next time."""
    answer.set_cookie(
        current_app.config["DEVICE_COOKIE_NAME"],
        remember_device(device_token(), user, datetime.now(UTC)),
        max_age=LIFE,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def say_codes_left(typed: str, user: User) -> None:
    """Tell who gave a recovery code how many are left."""
    if is_recovery_code(typed):
        left = count_recovery_codes(user)
        words = ngettext(
            "%(num)s recovery code is left. Make new ones in your profile.",
            "%(num)s recovery codes are left.",
            left,
        )
        flash(words, "warning" if left < FEW_CODES else "message")


def say_too_many(form: FlaskForm, refusal: TooManyTries) -> tuple[int, dict[str, str]]:
    """Put into the form when to try again; return status and headers of the answer."""
    seconds = max(1, ceil((refusal.again_at - datetime.now(UTC)).total_seconds()))
    form.form_errors.append(
        ngettext(
            "Too many tries. Nothing was checked; try again in %(num)s minute.",
            "Too many tries. Nothing was checked; try again in %(num)s minutes.",
            ceil(seconds / 60),
        )
    )
    return 429, {"Retry-After": str(seconds)}
