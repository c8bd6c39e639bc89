"""How long tasks of a kind really took: measured on those that are done."""

from collections.abc import Mapping
from statistics import median

from sqlalchemy import select

from app.domain.chain import DONE
from app.domain.cost import waves
from app.domain.estimate import events_per_job
from app.domain.recipe import Recipe
from app.extensions import db
from app.models import Task

# So many of the latest are looked at; fewer than the second number say nothing.
LATEST, LEAST = 20, 3


def measured_seconds(recipes: Mapping[str, Recipe], cores: int) -> dict[str, float]:
    """Map data types to the wall time for each event of a job, seconds: the median of the latest done tasks.

    A data type of which too few are done is not in it.
    """
    found = {name: _seconds_of(recipe, cores) for name, recipe in recipes.items()}
    return {name: median(seconds) for name, seconds in found.items() if len(seconds) >= LEAST}


def _seconds_of(recipe: Recipe, cores: int) -> list[float]:
    latest = (
        select(Task.events, Task.jobs, Task.started_at, Task.state_as_of)
        .where(Task.shown_state == DONE, Task.recipe == recipe.data_type, Task.started_at.is_not(None))
        .order_by(Task.updated_at.desc())
        .limit(LATEST)
    )
    return [
        (end - start).total_seconds() / (waves(jobs, recipe.core_count, cores) * events_per_job(events, jobs))
        for events, jobs, start, end in db.session.execute(latest)
        if start is not None and end > start
    ]
