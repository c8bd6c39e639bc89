"""The fields of labels, as the form of a new task and that of the labels alone show them."""

from collections.abc import Mapping

from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.labels import LABELS, MOST_TAGS, LabelRules, Labels, tags_in
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem
from app.services.labels import campaigns_in_use, tags_most_used
from app.views.task_form import FieldView, task_rules

# More would make a list too long to read.
SUGGESTIONS = 100
NAMED_IN_HELP = 10
# What is typed beyond it is not read, characters.
LONGEST = 1000
# Begins the names of the fields that say which labels the task had.
SEEN = "seen_"


def labels_typed(source: MultiDict[str, str]) -> dict[str, str]:
    """Return what stood in the fields."""
    return {name: without_control_characters(source.get(name, "")).strip()[:LONGEST] for name in LABELS}


def labels_meant(typed: Mapping[str, str]) -> Labels:
    """Return the labels that were typed."""
    return Labels(tags_in(typed["tags"]), typed["campaign"], typed["request"])


def labels_seen(source: MultiDict[str, str]) -> Labels:
    """Return the labels that the task had when its form was made."""
    seen = {name: source.get(f"{SEEN}{name}", "")[:LONGEST] for name in LABELS}
    return labels_meant(seen)


def hidden_labels(labels: Labels) -> dict[str, str]:
    """Return labels as a form keeps them, for `labels_seen`."""
    return {f"{SEEN}{name}": value for name, value in as_typed(labels).items()}


def as_typed(labels: Labels) -> dict[str, str]:
    """Return labels as they stand in their fields."""
    return {"tags": ", ".join(labels.tags), "campaign": labels.campaign, "request": labels.request}


def label_views(typed: Mapping[str, str], problems: list[Problem]) -> list[FieldView]:
    """Return the three fields with their suggestions."""
    rules = task_rules().labels
    tags, campaign, asked_in = (typed.get(name, "") for name in LABELS)
    used = tags_most_used(SUGGESTIONS)
    views = [
        FieldView("tags", _("Tags"), _tags_help(used), "jpsi, 2026-mc", tags, suggestions=used),
        _campaign_view(rules, campaign),
        FieldView("request", _("Production request"), _request_help(), rules.request_example, asked_in),
    ]
    for view in views:
        view.errors.extend(problem for problem in problems if problem.field == view.name)
    return views


def _tags_help(used: list[str]) -> str:
    words = str(_("Your own words to find it by, up to %(most)s: small letters, digits, -.", most=MOST_TAGS))
    if not used:
        return words
    # A browser suggests the first of several words only.
    in_use = _("In use: %(tags)s.", tags=", ".join(used[:NAMED_IN_HELP]))
    return f"{words} {in_use}"


def _campaign_view(rules: LabelRules, chosen: str) -> FieldView:
    words = _("Campaign"), _("The production it belongs to.")
    if rules.campaigns:
        return FieldView("campaign", *words, "", chosen, choices=_campaigns(rules.campaigns, chosen))
    used = campaigns_in_use()[:SUGGESTIONS]
    return FieldView("campaign", *words, rules.campaign_example, chosen, suggestions=used)


def _campaigns(known: tuple[str, ...], chosen: str) -> list[tuple[str, str]]:
    """Return the choices, that of the task among them."""
    words = [*known, *([chosen] if chosen and chosen not in known else [])]
    return [("", _("none")), *((word, word) for word in words)]


def _request_help() -> str:
    if current_app.config["REQUEST_URL"]:
        return str(_("Its id in the tracker; the page of the task links to it."))
    return str(_("Its id in the tracker."))
