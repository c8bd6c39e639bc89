"""What stands against a task as somebody wants it, and what is asked about it."""

from collections.abc import Mapping
from datetime import datetime

from app.domain.estimate import check_size
from app.domain.labels import check_labels
from app.domain.naming import NotAName, build, check, normalise
from app.domain.problem import Problem
from app.extensions import find_row
from app.models import Task
from app.services.drafts import find_by_name, taken_by
from app.services.lineage import problems_in_chain, relatives_of
from app.services.problems import Invalid
from app.services.rules import TaskRules
from app.services.samples import sample_problems
from app.services.strays import is_burnt
from app.services.task_input import TaskInput


def check_name(fields: Mapping[str, str], collision: str | None, rules: TaskRules, now: datetime,
               own_id: int | None = None) -> list[Problem]:  # fmt: skip
    """Return what is wrong or odd with the fields, a name that is taken and a sample that exists included."""
    problems = check(rules.convention, fields, rules.context(collision, now))
    try:
        name = build(rules.convention, normalise(rules.convention, fields))
    except NotAName:
        return problems
    other = find_by_name(name)
    if other is not None and other.id != own_id:
        return [*problems, taken_by(other)]
    if other is None and is_burnt(name):
        return [*problems, Problem("name", "name_burnt")]
    if any(problem.is_error for problem in problems):
        return problems
    own = find_row(Task, own_id) if own_id else None
    if own is not None:
        normal = normalise(rules.convention, fields)
        problems = [*problems, *problems_in_chain(normal, own, relatives_of([own])[own.id], rules)]
    return [*problems, *sample_problems(fields, collision, rules, own)]


def refusing(problems: list[Problem], confirmed: frozenset[str]) -> list[Problem]:
    """Return the problems that stand in the way: errors, and warnings not confirmed."""
    return [problem for problem in problems if problem.is_error or warning_key(problem) not in confirmed]


def warning_key(problem: Problem) -> str:
    """Name a warning, so that confirming it confirms no other."""
    return f"{problem.field}:{problem.code}:{problem.values.get('rule', '')}"


def examine(given: TaskInput, rules: TaskRules, now: datetime, own_id: int | None) -> dict[str, str]:
    """Return the naming fields as they are stored. own_id: of the task that is changed. Raise Invalid."""
    problems = check_name(given.fields, given.collision, rules, now, own_id)
    problems += check_size(given.events, given.jobs, rules.limits_of(given.fields))
    problems += check_labels(given.labels, rules.labels)
    problems += _problems_of_twin(given, rules, find_row(Task, own_id) if own_id else None)
    in_the_way = refusing(problems, given.confirmed)
    if in_the_way:
        raise Invalid(in_the_way)
    return normalise(rules.convention, given.fields)


def _problems_of_twin(given: TaskInput, rules: TaskRules, own: Task | None) -> list[Problem]:
    """Refuse to make a test large: it is sent before anybody has seen what it tests."""
    if own is None or not own.is_twin:
        return []
    most = {"events": rules.twins.events.get(own.recipe, own.events), "jobs": 1}
    return [
        Problem(name, "too_large", {"maximum": str(maximum)})
        for name, maximum in most.items()
        if getattr(given, name) > maximum
    ]
