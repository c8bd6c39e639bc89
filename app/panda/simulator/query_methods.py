"""PanDA's `task` group: queries. All are GET."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from app.panda.simulator import answers, details
from app.panda.simulator.identity import clean_name
from app.panda.simulator.methods import TASK_NOT_FOUND, Call, method
from app.panda.simulator.protocol import Answer, Refusal, ServerCrash
from app.panda.simulator.task import Task

_NOT_AN_INTEGER = "jediTaskID must be an integer"
_NO_INFO = "Task not found or error retrieving task info"
_DAY = 86400.0
_FULL_ROWS = 500
# A filter value with one of these is a regular expression, used after the rows were fetched.
_REGEX_CHARACTERS = re.compile(r"[\^$*+?|()\\]")
# Filters that the simulator's database can answer by itself.
_COLUMNS = {"userName": "jedi_user", "taskName": "jedi_name", "ticketID": "ticket_id", "status": "status"}


@method("task/get_status", "GET")
def get_status(call: Call, task_id: Any) -> Answer:
    """Tell PanDA's word for the state; this method alone checks the id by itself."""
    try:
        found = call.find_in_jedi(int(task_id))
    except ValueError as error:
        raise Refusal(_NOT_AN_INTEGER) from error
    except TypeError as error:
        message = f"ERROR : {error}"
        raise ServerCrash(message) from error
    return Answer(True, data=found.status)


@method("task/get_details", "GET")
def get_details(
    call: Call, task_id: int, include_parameters: bool = False, include_status: bool = False
) -> Answer:
    task, now = call.world.find_in_jedi(task_id), call.world.now
    return Answer(True, data=details.details(task, now, include_parameters, include_status))


@method("task/get_detailed_info", "GET")
def get_detailed_info(call: Call, task_id: int) -> Answer:
    return Answer(True, data=answers.detailed(call.find_in_jedi(task_id, _NO_INFO), call.world.now))


@method("task/get_parent_detailed_info", "GET")
def get_parent_detailed_info(call: Call, task_id: int) -> Answer:
    child = call.find_in_jedi(task_id, "Child task not found")
    if not child.has_parent:
        raise Refusal("No parent task found")
    parent = call.find_in_jedi(child.parent_id, "Parent task not found")
    return Answer(True, data=answers.detailed(parent, call.world.now))


@method("task/get_task_parameters", "GET")
def get_task_parameters(call: Call, task_id: int) -> Answer:
    """Give the submitted map; the only query that sees a fresh task."""
    task = call.world.find(task_id)
    if task is None:
        raise Refusal(TASK_NOT_FOUND)
    return Answer(True, data=task.parameters)


@method("task/get_tasks_modified_since", "GET")
def get_tasks_modified_since(
    call: Call,
    since: str,
    dn: str | None = None,
    full: bool = False,
    min_task_id: int | None = None,
    prod_source_label: str = "user",
) -> Answer:
    """List one user's tasks of one label, keyed by reqID. A bad `since` and a dead database give {} too."""
    start = _parse(since)
    if start is None or call.world.is_database_down:
        return Answer(True, data={})
    condition = "jedi_user = ? AND label = ? AND modified_at > ? AND id > ? ORDER BY modified_at"
    start = max(start, call.world.now - 30 * _DAY)
    values = [clean_name(dn or call.identity.distinguished_name), prod_source_label, start, min_task_id or 0]
    tasks = call.world.store.select(f"{condition} LIMIT {_FULL_ROWS if full else -1}", values)
    now = call.world.now
    shown = [
        answers.brief(task) | (details.details(task, now, True, False) if full else {}) for task in tasks
    ]
    return Answer(True, data={str(item["reqID"]): item for item in shown})


@method("task/get_tasks_detailed_info_since", "GET")
def get_tasks_detailed_info_since(
    call: Call, since: str | None = None, filters: str = "{}", n_tasks: int = 500
) -> Answer:
    """List tasks by equality on any attribute of JEDI_Tasks; values must be strings."""
    wanted = _read_filters(filters, call.identity.user_name)
    if call.world.is_database_down:
        raise Refusal("Failed to retrieve task IDs")
    # Without `since` the real server looks back 90 days, whatever its description says.
    start = (_parse(since) if since else None) or call.world.now - 90 * _DAY
    exact = {key: value for key, value in wanted.items() if not _REGEX_CHARACTERS.search(value)}
    fetched = list(islice(_fetch(call, exact, start), n_tasks))
    patterns = {key: re.compile(value) for key, value in wanted.items() if key not in exact}
    found = [item for item in fetched if all(regex.match(str(item[key])) for key, regex in patterns.items())]
    return Answer(True, data=found)


def _read_filters(filters: str, user_name: str) -> dict[str, str]:
    try:
        wanted: dict[str, str] = {"userName": user_name} | json.loads(filters)
    except (ValueError, TypeError) as error:
        raise Refusal("failed to load JSON") from error
    if not all(isinstance(value, str) for value in wanted.values()):
        raise ServerCrash("ERROR : expected string or bytes-like object, got 'int'")
    if not wanted.keys() <= _ATTRIBUTES:
        raise Refusal("Failed to retrieve task IDs")
    return wanted


def _fetch(call: Call, exact: dict[str, str], start: float) -> Iterator[dict[str, Any]]:
    """Find tasks: the indexed columns narrow the search, the other attributes are compared one by one."""
    known = {column: exact[key] for key, column in _COLUMNS.items() if key in exact}
    narrow = {column: value for column, value in known.items() if value not in {"NULL", "NOT NULL"}}
    condition = "".join(f"{column} = ? AND " for column in narrow)
    condition += "status != 'waiting' AND modified_at > ? ORDER BY id"
    for task in call.world.store.select(condition, [*narrow.values(), start]):
        shown = answers.detailed(task, call.world.now)
        if all(_equals(shown[key], value) for key, value in exact.items()):
            yield shown


def _equals(value: Any, wanted: str) -> bool:
    if wanted in {"NULL", "NOT NULL"}:
        return (value is None) == (wanted == "NULL")
    return value is not None and str(value) == wanted


def _parse(since: str) -> float | None:
    try:
        return datetime.strptime(since, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


_EXAMPLE = Task(0, {}, "", "", "", "", "", 0, 0, 0, 0.0)
_ATTRIBUTES = answers.attributes(_EXAMPLE).keys()
