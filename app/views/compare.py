"""Two tasks side by side, field by field: what differs is shown, what is the same is folded away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _

from app.domain.difference import Pair, flattened, pairs_of
from app.domain.plain_text import without_control_characters
from app.identity import signed_in_user
from app.language import moment, number
from app.messages import state_word
from app.models import Task, User
from app.page_context import field_label
from app.services import history, tasks
from app.services.changes import facts_of
from app.services.parameters import ParameterBuilder
from app.services.problems import NotFound
from app.views.names import named
from app.views.task_history import shown_fact

blueprint = Blueprint("compare", __name__)

LONGEST = 256


@dataclass(frozen=True)
class Part:
    """A part of the comparison."""

    id: str
    title: str
    pairs: list[Pair]

    @property
    def differing(self) -> list[Pair]:
        """What is not the same."""
        return [pair for pair in self.pairs if pair.differs]

    @property
    def same(self) -> list[Pair]:
        """What is the same."""
        return [pair for pair in self.pairs if not pair.differs]


@blueprint.get("/tasks/compare")
def show() -> str | tuple[str, int]:
    """Compare two tasks, told by id or name, or ticked in the list; without two, ask for them."""
    user, typed = signed_in_user(), _typed()
    found = [_find(text, user) for text in typed]
    unknown = [text for text, task in zip(typed, found, strict=True) if text and task is None]
    first, second = found
    too_many = len(request.args.getlist("task")) > len(typed)
    context = {"a": typed[0], "b": typed[1], "unknown": unknown, "too_many": too_many}
    if first is None or second is None or too_many:
        status = 422 if unknown or too_many else 200
        return render_template("tasks/compare.html", **context, parts=None), status
    shown = {"first": named(first), "second": named(second, first), "parts": _parts(first, second)}
    return render_template("tasks/compare.html", **context, **shown)


def _typed() -> list[str]:
    ticked = request.args.getlist("task")
    given = [request.args.get("a", ""), request.args.get("b", "")]
    texts = given if any(given) else [*ticked, "", ""][:2]
    return [without_control_characters(text).strip()[:LONGEST] for text in texts]


def _find(text: str, user: User) -> Task | None:
    """Return the task of this id or name, if the person may see it."""
    try:
        if text.isascii() and text.isdecimal() and len(text) < 10:
            return tasks.get_task(int(text), user)
        task = tasks.find_by_name(text) if text else None
        return tasks.get_task(task.id, user) if task else None
    except NotFound:
        return None


def _parts(first: Task, second: Task) -> list[Part]:
    facts = pairs_of(facts_of(first), facts_of(second))
    return [
        Part("compare-fields", _("Name, size and labels"), _labelled(facts)),
        Part("compare-state", _("State"), pairs_of(_state(first), _state(second))),
        Part("compare-recipe", _("Recipe"), _recipes(first, second)),
        Part("compare-parameters", _("Parameters for PanDA"), pairs_of(_sent(first), _sent(second))),
    ]


def _labelled(pairs: list[Pair]) -> list[Pair]:
    return [
        Pair(field_label(pair.key), shown_fact(pair.key, pair.first), shown_fact(pair.key, pair.second))
        for pair in pairs
    ]


def _state(task: Task) -> Mapping[str, str]:
    times = {
        _("Time of creation"): task.created_at,
        _("Start time"): task.started_at,
        _("Last update"): task.updated_at,
    }
    return {
        _("State"): state_word(task.shown_state),
        _("Creator"): task.creator_name,
        _("PanDA task id"): str(task.panda_id or ""),
        _("Total jobs done"): number(task.jobs_done),
        _("Failed jobs"): number(task.jobs_failed),
        _("Current priority"): "" if task.current_priority is None else str(task.current_priority),
        **{label: moment(at) if at else "" for label, at in times.items()},
    }


def _recipes(first: Task, second: Task) -> list[Pair]:
    """Return the recipes as they are now; what was sent is a part of its own."""
    recipes = current_app.config["RECIPES"]
    return [
        replace(pair, key=pair.key or _("Recipe"))
        for pair in pairs_of(*(
            {"": task.recipe} | flattened(recipes.get(task.recipe, {})) for task in (first, second)
        ))
    ]  # fmt: skip


def _sent(task: Task) -> Mapping[str, str]:
    """Return the parameters that were sent, or would be sent now, by their keys."""
    text = history.frozen_payload(task.id) or ParameterBuilder(current_app.config).preview(task).text
    return flattened(json.loads(text)) if text else {}
