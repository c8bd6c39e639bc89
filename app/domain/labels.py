"""Labels of a task: tags, a campaign, a request. People find tasks by them; PanDA never gets them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.problem import Problem

TAG = re.compile(r"[a-z0-9-]{1,32}")
MOST_TAGS = 10
# Width of the columns of campaign and request, characters.
LONGEST_LABEL = 64
# The labels by the names of their form's fields.
LABELS = ("tags", "campaign", "request")


@dataclass(frozen=True)
class Labels:
    """What a person writes on a task; empty: nothing."""

    tags: tuple[str, ...] = ()
    campaign: str = ""
    request: str = ""


@dataclass(frozen=True)
class LabelRules:
    """How labels are written. campaigns: the only ones there are; without any, what fits the pattern."""

    campaigns: tuple[str, ...]
    campaign_pattern: str
    campaign_example: str
    request_pattern: str
    request_example: str

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> "LabelRules":
        """Read the rules from the settings."""
        return cls(
            tuple(config["CAMPAIGNS"]),
            config["CAMPAIGN_PATTERN"],
            config["CAMPAIGN_EXAMPLE"],
            config["REQUEST_PATTERN"],
            config["REQUEST_EXAMPLE"],
        )


def tags_in(text: str) -> tuple[str, ...]:
    """Return the tags as they are stored: small letters, each once, sorted. Blanks and commas part them."""
    return tuple(sorted(set(re.split(r"[\s,;#]+", text.lower())) - {""}))


def check_labels(labels: Labels, rules: LabelRules, kept: Labels | None = None) -> list[Problem]:
    """Return what is wrong with labels. kept: those the task has, which may stay when the rules change."""
    kept = kept or Labels()
    problems = _tag_problems(labels.tags)
    if labels.campaign not in ("", kept.campaign):
        problems += _campaign_problems(labels.campaign, rules)
    if labels.request not in ("", kept.request) and not _fits(labels.request, rules.request_pattern):
        problems.append(Problem("request", "wrong_pattern", {"example": rules.request_example}))
    return problems


def _tag_problems(tags: Iterable[str]) -> list[Problem]:
    wrong = [tag for tag in tags if not TAG.fullmatch(tag)]
    problems = [Problem("tags", "wrong_tag", {"tag": tag}) for tag in wrong[:1]]
    if len(tuple(tags)) > MOST_TAGS:
        problems.append(Problem("tags", "too_many_tags", {"maximum": MOST_TAGS}))
    return problems


def _campaign_problems(campaign: str, rules: LabelRules) -> list[Problem]:
    if rules.campaigns:
        is_known = campaign in rules.campaigns
        return [] if is_known else [Problem("campaign", "not_in_vocabulary", {"allowed": rules.campaigns})]
    if _fits(campaign, rules.campaign_pattern):
        return []
    return [Problem("campaign", "wrong_pattern", {"example": rules.campaign_example})]


def _fits(text: str, pattern: str) -> bool:
    return len(text) <= LONGEST_LABEL and re.fullmatch(pattern, text, re.ASCII) is not None
