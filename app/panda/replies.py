"""The data of PanDA's replies as typed values. Decoding is strict: what has another type is no reply.

Times are aware and in UTC; PanDA writes them as {"__datetime__": "2026-11-23T05:41:17.713950"}, UTC without
a zone. Every function here raises WrongShape when the data is not what PanDA documents.
Sources: panda-observed.md, section 4; panda-protocol.md, sections 1.6 and 1.8.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from app.panda.masking import storable
from app.panda.verdict import LARGEST_TASK_ID


class WrongShape(ValueError):
    """The data of a reply is not of the documented shape. The text says which part."""


@dataclass(frozen=True)
class UserAttributes:
    """Who we are for PanDA. Submitting makes sense only with `is_production_user`."""

    user_name: str
    fqans: tuple[str, ...]
    is_production_user: bool


@dataclass(frozen=True)
class TaskBrief:
    """One line of the bulk query. `name` is None for a task aborted as a duplicate.

    `modified_at` may lie hours before the true time: PanDA sets it back to schedule its own work.
    """

    task_id: int
    status: str
    name: str | None
    modified_at: datetime | None


@dataclass(frozen=True)
class TaskInfo:
    """A task as JEDI has it.

    `state_changed_at` is the time of `status`; `modified_at` jumps back and is no time of anything.
    `started_at` is when JEDI took the task, not when the first job ran. `n_files` counts input files, of
    which a task without input has one a job; None before JEDI has made them. `raw` is all PanDA said, its
    times as PanDA writes them.
    """

    task_id: int
    name: str | None
    status: str
    user_name: str | None
    ticket_id: str | None
    error_dialog: str | None
    state_changed_at: datetime | None
    modified_at: datetime | None
    started_at: datetime | None
    priority: int | None
    current_priority: int | None
    n_files: int | None
    n_finished: int | None
    n_failed: int | None
    raw: Mapping[str, object]


def user_attributes(data: object) -> UserAttributes:
    """Decode the data of system/get_user_attributes."""
    fields = _object(data)
    is_production_user = fields.get("is_production_user")
    if not isinstance(is_production_user, bool):
        _wrong("is_production_user")
    fqans = tuple(_text(fqan, "fqans") for fqan in _list(fields.get("fqans")))
    return UserAttributes(_text(fields.get("user_dn_clean"), "user_dn_clean"), fqans, is_production_user)


def status(data: object) -> str:
    """Decode the data of task/get_status: a word, perhaps one we do not know."""
    return _word(data)


def task_parameters(data: object) -> dict[str, object]:
    """Decode the data of task/get_task_parameters: the map that was submitted."""
    return dict(_object(data))


def task_info(data: object) -> TaskInfo:
    """Decode the data of task/get_detailed_info."""
    fields = _object(data)
    return TaskInfo(
        task_id=_task_id(fields),
        name=_optional_text(fields, "taskName"),
        status=_word(fields.get("status")),
        user_name=_optional_text(fields, "userName"),
        ticket_id=_optional_text(fields, "ticketID"),
        error_dialog=_optional_text(fields, "errorDialog"),
        state_changed_at=_optional_moment(fields, "stateChangeTime"),
        modified_at=_optional_moment(fields, "modificationTime"),
        started_at=_optional_moment(fields, "startTime"),
        priority=_optional_int(fields, "taskPriority"),
        current_priority=_optional_int(fields, "currentPriority"),
        n_files=_optional_int(fields, "nFiles"),
        n_finished=_optional_int(fields, "nFilesFinished"),
        n_failed=_optional_int(fields, "nFilesFailed"),
        raw=fields,
    )


def task_infos(data: object) -> list[TaskInfo]:
    """Decode the data of task/get_tasks_detailed_info_since, in PanDA's order."""
    return [task_info(item) for item in _list(data)]


def task_briefs(data: object) -> list[TaskBrief]:
    """Decode the data of task/get_tasks_modified_since, a map whose keys (reqID) say nothing, by task id."""
    return sorted((_task_brief(item) for item in _object(data).values()), key=lambda brief: brief.task_id)


def _task_brief(data: object) -> TaskBrief:
    fields = _object(data)
    return TaskBrief(
        task_id=_task_id(fields),
        status=_word(fields.get("status")),
        name=_optional_text(fields, "taskName"),
        modified_at=_optional_moment(fields, "modificationTime"),
    )


def _task_id(fields: Mapping[str, object]) -> int:
    task_id = _optional_int(fields, "jediTaskID")
    if task_id is None or not 0 < task_id <= LARGEST_TASK_ID:
        _wrong("jediTaskID")
    return task_id


def _word(value: object) -> str:
    return _text(value, "status") or _wrong("status")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        _wrong(what)
    return storable(value)


def _optional_text(fields: Mapping[str, object], key: str) -> str | None:
    value = fields.get(key)
    return None if value is None else _text(value, key)


def _optional_int(fields: Mapping[str, object], key: str) -> int | None:
    value = fields.get(key)
    # bool is an int for Python, not for us.
    if value is not None and type(value) is not int:
        _wrong(key)
    return value


def _optional_moment(fields: Mapping[str, object], key: str) -> datetime | None:
    value = fields.get(key)
    if value is None:
        return None
    written = _object(value, key).get("__datetime__")
    try:
        moment = datetime.fromisoformat(_text(written, key))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # WrongShape is one
        _wrong(key)


def _object(value: object, what: str = "data") -> Mapping[str, object]:
    if not isinstance(value, dict):
        _wrong(what)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        _wrong("a list")
    return value


def _wrong(what: str) -> NoReturn:
    msg = f"{what} is missing or of another kind than documented"
    raise WrongShape(msg)
