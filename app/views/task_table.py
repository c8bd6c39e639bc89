"""The list of tasks as its templates want it: rows, chips, and what can be chosen."""

from dataclasses import dataclass, replace
from typing import Any

from app.domain.task_filter import MOST_LISTED, MYSELF, Kind
from app.domain.task_state import TaskState, is_changing
from app.models import Task, User
from app.services.labels import campaigns_in_use, tags_in_use
from app.services.paging import Page
from app.services.saved_views import VIEWS
from app.services.task_list import creators_in_use, missing_of, revision_of, states_in_use, types_in_use
from app.services.task_query import TaskQuery
from app.state_words import STATES
from app.views.filter_words import chips_of, filter_label, value_words
from app.views.names import NamedTask, named, what_differs
from app.views.task_filters import is_by_value, known_filters, tasks_url, url_parts
from app.views.twin import why_it_waits
from app.views.urls import query_of


@dataclass(frozen=True)
class ShownPage:
    """A page of tasks as the template wants it."""

    rows: list["TaskRow"]
    number: int
    pages: int | None
    total: int
    is_more: bool
    has_next: bool
    revision: str
    is_changing: bool


@dataclass(frozen=True)
class TaskRow:
    """A row of the list."""

    task: NamedTask

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.task, attribute)

    @property
    def creator(self) -> str:
        return self.task.task.creator_name

    @property
    def parent_name(self) -> str | None:
        parent = self.task.task.parent
        return parent.name if parent else None

    @property
    def parent_differs(self) -> str:
        """The parts of the parent's name that the task has otherwise."""
        parent = self.task.task.parent
        return what_differs(parent, self.task.task) if parent else ""

    @property
    def why_it_waits(self) -> str | None:
        task = self.task.task
        return why_it_waits(task) if task.state == TaskState.QUEUED.value else None


@dataclass(frozen=True)
class Choice:
    """A value that can be ticked in the filters."""

    value: str
    word: str
    is_chosen: bool


def table_context(query: TaskQuery, page: Page[Task], user: User) -> dict[str, Any]:
    """Return what the table needs; the page around it needs filter_choices too."""
    query = replace(query, page=page.number)
    parts = url_parts(query)

    def list_url(**changes: Any) -> str:
        return tasks_url(**{**parts, **changes})

    return {
        "page": _shown(page),
        "query": query,
        "parts": parts,
        "list_url": list_url,
        "everything_url": tasks_url(),
        "view_query": query_of({**parts, "page": None}),
        "chips": chips_of(query, list_url),
        "left_out": [(filter_label(name), text) for name, text in query.left_out],
        "missing": missing_of(query, user),
    }


def filter_choices(query: TaskQuery, user: User) -> dict[str, Any]:
    """Return what can be chosen in the filters, and the saved views."""
    creators = [MYSELF, *creators_in_use()]
    states = sorted(states_in_use(), key=_place_in_life)
    in_use = {"state": states, "creator": creators, "type": types_in_use()}
    in_use |= {"tag": tags_in_use(), "campaign": campaigns_in_use(), "followed": [MYSELF]}
    known = known_filters()
    return {
        "ticked": [
            (name, filter_label(name), choices)
            for name, words in in_use.items()
            if (choices := _choices(query, name, words))
        ],
        "by_value": [(name, filter_label(name)) for name, each in known.items() if is_by_value(each)],
        "moments": [(name, filter_label(name)) for name, each in known.items() if each.kind is Kind.SPAN],
        "views": VIEWS.all_for(user),
        "most_listed": MOST_LISTED,
        "mine_url": tasks_url(**url_parts(query.with_values("creator", (MYSELF,)))),
        "is_mine": query.of("creator") == (MYSELF,),
    }


def _choices(query: TaskQuery, name: str, in_use: list[str]) -> list[Choice]:
    """Return what is in use, and what was chosen though it is not (any more)."""
    chosen = query.of(name)
    values = [*in_use, *(value for value in chosen if value not in in_use)]
    return [Choice(value, value_words(name, value), value in chosen) for value in values]


def _place_in_life(state: str) -> tuple[int, str]:
    """Sort states in the order a task goes through them; words that PanDA invented later come last."""
    known = list(STATES)
    return (known.index(state) if state in STATES else len(known), state)


def _shown(page: Page[Task]) -> ShownPage:
    above: list[Task | None] = [None, *page.rows]
    rows = [TaskRow(named(task, before)) for task, before in zip(page.rows, above, strict=False)]
    return ShownPage(
        rows, page.number, page.pages, page.total, page.is_more, page.has_next, revision_of(page),
        any(is_changing(task.shown_state) for task in page.rows),
    )  # fmt: skip
