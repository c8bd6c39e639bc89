"""Check the settings of labels: campaigns, requests."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.labels import LONGEST_LABEL
from app.settings_addresses import shape_problem

PATTERNS = (("CAMPAIGN_PATTERN", "CAMPAIGN_EXAMPLE"), ("REQUEST_PATTERN", "REQUEST_EXAMPLE"))
PLACE = "{request}"


def label_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, a line for each."""
    problems = [f"CAMPAIGNS: {word!r} is no word of 1 to {LONGEST_LABEL} characters"
                for word in config["CAMPAIGNS"] if not _is_word(word)]  # fmt: skip
    for pattern, example in PATTERNS:
        problems += _pattern_problems(config, pattern, example)
    return problems + _address_problems(config["REQUEST_URL"])


def _is_word(word: object) -> bool:
    return isinstance(word, str) and 1 <= len(word) <= LONGEST_LABEL and word == word.strip()


def _pattern_problems(config: Mapping[str, Any], pattern: str, example: str) -> list[str]:
    try:
        fits = re.fullmatch(config[pattern], config[example], re.ASCII)
    except re.error as error:
        return [f"{pattern}: no regular expression: {error}"]
    if not fits or len(config[example]) > LONGEST_LABEL:
        return [f"{example}: {config[example]!r} does not fit {pattern}, or is longer than {LONGEST_LABEL}"]
    return []


def _address_problems(address: str) -> list[str]:
    if not address:
        return []
    before_query = re.split("[?#]", address.replace(PLACE, "1"))[0]
    problem = shape_problem(before_query, f"https://host/path/{PLACE}")
    host = address.partition("://")[2].partition("/")[0]
    if not re.fullmatch("[!-~]+", address) or address.count(PLACE) != 1 or PLACE in host:
        problem = f"write {PLACE} in it once, after the host, and no blanks"
    return [f"REQUEST_URL: {problem}"] if problem else []
