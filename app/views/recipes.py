"""What each data type runs, as config.py says it."""

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from app.domain.recipe import Input, Recipe
from app.texts import in_language
from app.views.preset_values import by_data_type

blueprint = Blueprint("recipes", __name__)


@blueprint.get("/recipes")
def index() -> str:
    """Show every recipe, with what a task with a parent runs instead."""
    recipes = current_app.config["RECIPE_BOOK"].values()
    shown = [_shown(recipe) for recipe in recipes]
    return render_template("recipes/list.html", recipes=shown, presets=by_data_type())


def _shown(recipe: Recipe) -> dict[str, object]:
    return {
        "name": recipe.data_type,
        "label": in_language(recipe.label),
        "recipe": recipe,
        "reads": _("a dataset") if recipe.input is Input.DATASET else _("nothing"),
        "outputs": [
            str(item["dataset"]) for item in recipe.job_parameters if item.get("param_type") == "output"
        ],
        "commands": _commands(recipe),
    }


def _outputs(recipe: Recipe) -> list[str]:
    items = [item for item in recipe.job_parameters if item.get("param_type") == "output"]
    return [str(item["dataset"]) for item in items]


def _commands(recipe: Recipe) -> list[tuple[str, str]]:
    """Return when it is run, and the command line; one without a word where it is always the same."""
    if recipe.with_parent is None:
        return [("", _command(recipe))]
    return [
        (_("without a parent"), _command(recipe)),
        (_("with a parent"), _command(recipe.with_parent)),
    ]


def _command(recipe: Recipe) -> str:
    """Return the command line of a job as the recipe has it."""
    words = [recipe.transformation, *(str(item.get("value", "")) for item in recipe.job_parameters)]
    return " ".join(words)
