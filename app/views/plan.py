"""Plan chains on one page: a sample, its steps, and the table of the tasks that would be made."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.estimate import events_per_job
from app.domain.permission import Right
from app.domain.plan import Wish
from app.domain.problem import Problem
from app.forms.plan import PlanForm, read_plan
from app.htmx import wants_fragment
from app.identity import needs, signed_in_user
from app.models import Task
from app.services.begun_from import BegunFrom
from app.services.chain_list import get_chain
from app.services.just_made import is_draft
from app.services.parameters import ParameterBuilder
from app.services.parents import After
from app.services.plans import Plan, Planner
from app.services.problems import Invalid, NotFound
from app.services.tasks import get_task
from app.views.extend import family_to_extend
from app.views.plan_page import plan_context, sample_fields, step_choices, ways_after
from app.views.preset_values import choices, filled, filled_where_asked, handed_on
from app.views.refused import version_in
from app.views.submitted import words_of_made
from app.views.task_form import collision_choice, task_rules, without_secrets
from app.views.twin import twin_help_of_chains

blueprint = Blueprint("plan", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/chains/new")
@needs(Right.CREATE_TASK)
def show() -> Answer:
    """Show the form; what stands in the URL is filled in and laid out."""
    return _page(*filled(request.args))


@blueprint.post("/chains/new")
@needs(Right.CREATE_TASK)
def make() -> Answer:
    """Lay the plan out anew, or make all of its tasks."""
    if (to_presets := handed_on()) is not None:
        return to_presets
    if request.form.get("action") not in ("draft", "submit"):
        source, gone = filled_where_asked()
        return _page(source, gone), 422 if gone else 200
    try:
        tasks = _make(submit=request.form["action"] == "submit")
    except Invalid as refusal:
        return _page(request.form, refusal.problems), 422
    return _go_on_with(tasks)


def _make(*, submit: bool) -> list[Task]:
    planner, user, now = _planner(), signed_in_user(), datetime.now(UTC)
    origins = _origins(request.form)
    form = _read(request.form, origins.after, is_meant=True)
    wish = _wish(form, origins.tasks)
    confirmed = frozenset(request.form.getlist("confirmed"))
    try:
        return planner.make(
            wish, form.collision, user, confirmed, now,
            submit=submit, begun_from=origins, with_twin="twin" in request.form,
        )  # fmt: skip
    except Invalid:
        just_made = planner.find_just_made(
            wish, form.collision, user, now,
            submit=submit, begun_from=_origins(request.form), with_twin="twin" in request.form,
        )  # fmt: skip
        if not just_made:
            raise
        return just_made


def _origins(source: MultiDict[str, str]) -> BegunFrom:
    """Return what the plan is a copy of, or what it extends."""
    extends = bool(source.get("extend"))
    after = _after(source)
    try:
        task = get_task(version_in(source.get("extend" if extends else "from", "")), signed_in_user())
        task = task.extends if extends and task.extends else task
        is_whole = task.chain_id == task.id and not after
        tasks = get_chain(task.id, signed_in_user()).tasks if is_whole else [task]
    except NotFound:
        return BegunFrom(after=after)
    origins: dict[str, Task] = {}
    for each in tasks:  # of several branches the first is meant, as in the address of a copy
        origins.setdefault(each.recipe, each)
    return BegunFrom(origins, extends, after)


def _after(source: MultiDict[str, str]) -> After | None:
    """Return the task that the plan follows."""
    if not source.get("after") or source.get("extend"):
        return None
    task_id = version_in(source["after"])
    try:
        return After(task_id, get_task(task_id, signed_in_user()))
    except NotFound:
        return After(task_id, None)


def _go_on_with(tasks: list[Task]) -> Response:
    submit, are_drafts = request.form["action"] == "submit", all(map(is_draft, tasks))
    flash(words_of_made(len(tasks), submit=submit, are_drafts=are_drafts), "success")
    chains = {task.chain_id for task in tasks}
    if len(chains) == 1 and tasks[0].chain_id:
        return redirect(url_for("chains.show", chain_id=tasks[0].chain_id), 303)
    if len(tasks) == 1:
        return redirect(url_for("tasks.show", task_id=tasks[0].id), 303)
    return redirect(url_for("chains.index" if None not in chains else "tasks.index"), 303)


def _planner() -> Planner:
    config = current_app.config
    return Planner(task_rules(), ParameterBuilder(config), config["PLAN_SIZE"])


def _read(source: MultiDict[str, str], after: After | None, *, is_meant: bool = False) -> PlanForm:
    config, rules = current_app.config, task_rules()
    first = next(iter(config["CHAIN_BOOK"].values())).steps
    if ways := ways_after(after):
        first = ways[0]
    sent = source.to_dict(flat=False)
    tables = rules.convention, rules.recipe_field, config["RECIPE_BOOK"], first
    return read_plan(sent, *tables, is_meant=is_meant)


def _wish(form: PlanForm, origins: Mapping[str, Task]) -> Wish:
    """Return what is wanted; jobs are as large as those of what it is a copy of, else as the recipes say."""
    config, rules = current_app.config, task_rules()
    sizes = {name: recipe.events_per_job for name, recipe in config["RECIPE_BOOK"].items()}
    sizes |= {name: events_per_job(task.events, task.jobs) for name, task in origins.items()}
    return form.wish(rules.convention, sizes, rules.recipe_field, config["PLAN_SIZE"])


def _page(source: MultiDict[str, str], in_the_way: list[Problem]) -> str:
    rules, origins = task_rules(), _origins(source)
    form = _read(source, origins.after)
    wish, plan = _wish(form, origins.tasks), Plan([], [])
    if any(text for texts in form.texts.values() for text in texts):
        plan = _planner().plan(wish, form.collision, signed_in_user(), datetime.now(UTC), origins)
    context: dict[str, Any] = {
        **plan_context(plan, wish, rules, origins),
        "warnings": [problem for problem in plan.refusing(frozenset()) if not problem.is_error],
        "whole_problems": plan.problems,
        "confirmed": frozenset(source.getlist("confirmed")),
        "problems": without_secrets(in_the_way),
    }
    if wants_fragment():
        return render_template("chains/_plan.html", **context)
    return render_template(
        "chains/new.html",
        fields=sample_fields(form, rules),
        collision=collision_choice(form.collision),
        events=form.events,
        twin_help=twin_help_of_chains(),
        with_twin="twin" in source,
        steps=step_choices(form, origins.after),
        after=origins.after,
        origin=(origin := next(iter(origins.tasks.values()), None)),
        family=family_to_extend(origin) if origin and origins.extends else None,
        presets=choices(source),
        **context,
    )
