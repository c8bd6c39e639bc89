"""Texts that stand in config.py as {"en": …, "ru": …}."""

from typing import Any

from flask_babel import get_locale


def in_language(text: Any) -> str:
    """Return a text of config.py in the reader's language, else in English."""
    locale = get_locale()
    return str(text.get(locale.language if locale else "en") or text["en"])
