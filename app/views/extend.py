"""Extend a sample: the planner, filled in with what there is."""

from flask import Blueprint, current_app, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.recipe import Input
from app.identity import needs, signed_in_user
from app.models import Task
from app.problem_words import problem_text
from app.services.begun_from import beginning_problems
from app.services.chain_list import get_chain
from app.services.parameters import ParameterBuilder
from app.services.problems import NotFound
from app.services.samples import Family, family_of
from app.services.tasks import get_task
from app.views.chain_page import extend_url

blueprint = Blueprint("extend", __name__)


@blueprint.get("/tasks/<int:task_id>/extend")
@needs(Right.CREATE_TASK)
def begin(task_id: int) -> Response:
    """Lead to the plan that makes the sample of a task larger, or say why there is none."""
    task = get_task(task_id, signed_in_user())
    tasks = _chain_of(task.extends or task)
    recipe = ParameterBuilder(current_app.config).recipe_of(tasks[0].recipe, has_parent=False)
    errors = [each for each in beginning_problems(tasks[0], recipe) if each.is_error] if recipe else []
    if errors or recipe is None:
        flash(" ".join(problem_text(problem) for problem in errors), "warning")
        return redirect(url_for("tasks.show", task_id=task_id), 303)
    if _reads_a_dataset(task):
        words = _("%(what)s reads what the step before makes: the whole chain is extended.", what=task.recipe)
        flash(words, "info")
    return redirect(extend_url(tasks), 303)


def _chain_of(task: Task) -> list[Task]:
    """Return the chain of a task from its first step on, or the task alone."""
    try:
        return list(get_chain(task.chain_id, signed_in_user()).tasks) if task.chain_id else [task]
    except NotFound:  # its first task is not visible
        return [task]


def _reads_a_dataset(task: Task) -> bool:
    recipe = ParameterBuilder(current_app.config).recipe_of(
        task.recipe, has_parent=task.parent_id is not None
    )
    return recipe is not None and recipe.input is Input.DATASET


def family_to_extend(first: Task) -> Family:
    """Return what there is of a sample that is to be extended."""
    return family_of(first) or Family(first, [], first.events)
