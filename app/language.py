"""Which language, time zone and theme a page has; the formats of figures and moments."""

from datetime import UTC, datetime, timedelta

from babel.support import NullTranslations, Translations
from flask import Flask, current_app, request, session
from flask_babel import (
    Babel,
    format_datetime,
    format_decimal,
    get_locale,
    get_timezone,
    get_translations,
    gettext,
    ngettext,
)
from flask_login import current_user
from pytz import common_timezones

LANGUAGES = ("en", "ru")
TIME_ZONES = tuple(common_timezones)
THEMES = ("auto", "light", "dark")
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
# Less is not worth a figure.
LEAST_ESTIMATE = 0.1
# The texts by language, as they are needed.
_catalogues: dict[str, Translations | NullTranslations] = {}


def configure(app: Flask, babel: Babel) -> None:
    """Choose the language per request and give the templates their filters."""
    babel.init_app(
        app,
        default_locale="en",
        locale_selector=choose_language,
        timezone_selector=choose_time_zone,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Jinja's own extension adds it
        lambda text: _catalogue().ugettext(text),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters.update(number=number, about=about, ago=ago, moment=moment, utc=utc, zones=zones)


def _catalogue() -> Translations | NullTranslations:
    """Return the texts in the language of the page.

    A list has hundreds of texts: finding their catalogue anew each time took a tenth of its time.
    """
    locale = get_locale()
    found = _catalogues.get(locale.language) if locale else None
    if found is None:
        found = get_translations()
        if locale:
            _catalogues[locale.language] = found
    return found


def choose_language() -> str:
    """Return the person's choice, else the browser's, else English."""
    chosen = getattr(current_user, "language", None) or session.get("language")
    return str(chosen) if chosen in LANGUAGES else _preferred_by_browser()


def _preferred_by_browser() -> str:
    """Return the first of the browser's languages that we speak; en-GB and ru-RU are English and Russian."""
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in wanted if language in LANGUAGES), "en")


def choose_theme() -> str:
    """Return the person's choice, else what the system prefers ("auto")."""
    chosen = getattr(current_user, "theme", None) or session.get("theme")
    return str(chosen) if chosen in THEMES else "auto"


def choose_time_zone() -> str:
    """Return the person's choice, else the zone of the service."""
    chosen = getattr(current_user, "time_zone", None)
    return str(chosen if chosen in TIME_ZONES else current_app.config["TIME_ZONE"])


def number(value: float) -> str:
    """Write a figure with thin spaces between the thousands."""
    return f"{value:,}".replace(",", THIN_SPACE)


def about(value: float) -> str:
    """Write an estimate: no more digits than it is worth."""
    if 0 < value < LEAST_ESTIMATE:
        return f"< {format_decimal(LEAST_ESTIMATE)}"
    return str(format_decimal(round(value, 1))) if value < 10 else number(round(value))


def moment(at: datetime) -> str:
    """Write date and time in the zone of the service."""
    pattern = "d MMMM y, HH:mm:ss" if str(get_locale()) == "ru" else "MMMM d, y, HH:mm:ss"
    return str(format_datetime(at, pattern))


def utc(at: datetime) -> str:
    """Write date and time in UTC, for the tooltip."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def zones(at: datetime) -> str:
    """Write a moment in the reader's zone and in UTC, for the tooltip."""
    zone = str(get_timezone())
    return utc(at) if zone == "UTC" else f"{moment(at)} {zone} · {utc(at)}"


def ago(at: datetime) -> str:
    """Write a moment as people say it: "3 min ago" within a day, else day and minute."""
    passed = datetime.now(UTC) - at
    if passed < timedelta(0):
        return moment(at)
    if passed < timedelta(minutes=1):
        return str(ngettext("%(num)s s ago", "%(num)s s ago", int(passed.total_seconds())))
    if passed < timedelta(hours=1):
        return str(ngettext("%(num)s min ago", "%(num)s min ago", int(passed / timedelta(minutes=1))))
    if passed < timedelta(days=1):
        return str(ngettext("%(num)s h ago", "%(num)s h ago", int(passed / timedelta(hours=1))))
    return day(at)


def day(at: datetime) -> str:
    """Write day and minute, with the year only if it is not this one: short, for lists."""
    year = "" if at.year == datetime.now(UTC).year else " y"
    pattern = f"d MMM{year}, HH:mm" if str(get_locale()) == "ru" else f"MMM d{year and ', y'}, HH:mm"
    return str(format_datetime(at, pattern))


def zone_name() -> str:
    """Name the zone that times are shown in."""
    return str(gettext("Times are shown in %(zone)s.", zone=get_timezone()))
