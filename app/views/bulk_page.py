"""What the pages of actions on many tasks show: who is left out and why, how far it is, how it went."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for

from app.bulk_words import KIND_WORDS, bulk_state, verdict_words
from app.domain.bulk import GOING_ON, ORDER_OF, BulkKind, BulkResult
from app.domain.problem import Problem
from app.domain.wish import Wish
from app.models import BulkAction, BulkItem, Task, User
from app.page_context import field_label
from app.services import bulk
from app.services.bulk_judge import Judged, load_tasks
from app.services.bulk_verdict import Verdict, read
from app.services.paging import Page
from app.services.tasks import is_visible
from app.views.bulk_form import edit_rows
from app.views.task_filters import LONGEST_TEXT, tasks_url
from app.views.task_form import without_secrets
from app.views.task_orders import OrderForm, order_form
from app.views.urls import page_number, url_with

# What cannot be undone.
DESTRUCTIVE = frozenset({BulkKind.KILL, BulkKind.DELETE})
# Tasks on one page of an action.
PAGE = 100
# Reasons above the table, at most.
MOST_REASONS = 8
# Beside the results: what would be done, before it is confirmed.
FITS = "fits"
PARTS = (FITS, BulkResult.DONE.value, BulkResult.NOT_DONE.value, BulkResult.LEFT_OUT.value)


@dataclass(frozen=True)
class ItemLine:
    """A task of an action as its row shows it. task: None where it is gone or not to be seen."""

    task_id: int
    name: str
    task: Task | None
    result: str
    words: str
    problems: Sequence[Problem]
    new_name: str | None = None


def tick_kinds(user: User, kinds: Iterable[BulkKind] = BulkKind) -> list[tuple[str, str, bool]]:
    """Return the buttons for tasks that are ticked; none for who may change no task.

    (value, words, whether something is lost for good)
    """
    if not bulk.may_act_on_many(user):
        return []
    return [(kind.value, str(KIND_WORDS[kind].label), kind in DESTRUCTIVE) for kind in kinds]


def head_of(action: BulkAction) -> dict[str, Any]:
    """Return what every page of an action needs."""
    words = KIND_WORDS[BulkKind(action.kind)]
    return {
        "action": action,
        "kind": action.kind,
        "label": str(words.label),
        "sentence": str(words.sentence),
        "is_order": BulkKind(action.kind) in ORDER_OF,
        "is_destructive": BulkKind(action.kind) in DESTRUCTIVE,
        "state_words": bulk_state(action.state),
    }


def proposed_context(
    action: BulkAction, judged: Sequence[Judged], typed: Mapping[str, Any], problems: Sequence[Problem]
) -> dict[str, Any]:
    """Return what the page needs on which an action is confirmed. typed: what stood in its form."""
    fitting = [each for each in judged if each.verdict is None]
    part = _part_asked()
    shown = [each for each in judged if part == "" or (each.verdict is None) == (part == FITS)]
    number = page_number(request.args.get("page"))
    number = min(number, max(1, -(-len(shown) // PAGE)))
    rows = shown[(number - 1) * PAGE : number * PAGE]
    edit = bulk.edit_of(typed)
    is_edit = action.kind == BulkKind.EDIT.value
    return {
        **head_of(action),
        "fitting": len(fitting),
        "counts": _counts({FITS: len(fitting), BulkResult.LEFT_OUT.value: len(judged) - len(fitting)}),
        "part": part,
        "is_judged": bool(judged),
        "total": action.tasks,
        "lines": [_judged_line(each) for each in rows],
        "reasons": _reasons(judged) if part != FITS else [],
        "page": Page(rows, number, PAGE, len(shown), False, len(shown) > number * PAGE),
        "list_url": _url_of(action, part),
        "order": _order(action, typed),
        "rows": edit_rows(edit, typed.get("typed", {}), problems) if is_edit else [],
        "edit": edit,
        "chosen": [(field_label(name), value) for name, value in edit.values.items()],
        "problems": problems,
    }  # fmt: skip


def _just_these(action: BulkAction) -> str | None:
    """Return the list of exactly the tasks to which it was done; None where an address does not hold them."""
    if action.kind == BulkKind.DELETE.value:
        return None
    ids = bulk.done_to(action, LONGEST_TEXT)
    if len(ids) == 1:
        return url_for("tasks.show", task_id=ids[0])
    in_line = ", ".join(map(str, ids))
    return tasks_url(q=in_line) if 0 < len(in_line) <= LONGEST_TEXT else None


def running_context(action: BulkAction, user: User) -> dict[str, Any]:
    """Return what the page needs of an action that goes on, or has ended."""
    results = bulk.counts_of([action.id])[action.id]
    part = _part_asked()
    page = bulk.list_items(action, part or None, page_number(request.args.get("page")), PAGE)
    tasks = load_tasks([item.task_id for item in page.rows])
    counts = {name: results.get(name, 0) for name in PARTS}
    acted_on = action.tasks - counts[BulkResult.LEFT_OUT.value]
    return {
        **head_of(action),
        "is_running": action.state in GOING_ON,
        "just_these": None if action.state in GOING_ON else _just_these(action),
        "counts": _counts(counts),
        "done": counts[BulkResult.DONE.value],
        "not_done": counts[BulkResult.NOT_DONE.value],
        "acted_on": acted_on,
        "part": part,
        "total": action.tasks,
        "lines": [_item_line(item, tasks.get(item.task_id), user) for item in page.rows],
        "page": page,
        "list_url": _url_of(action, part),
        "revision": "-".join(map(str, (action.state, *list(counts.values())[1:]))),
    }


def _reasons(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    """Return why tasks are left out, with how many they are, the most first."""
    told = (verdict_words(each.verdict) for each in judged if each.verdict)
    return Counter(words for words in told if words).most_common(MOST_REASONS)


def _part_asked() -> str:
    part = request.args.get("part", "")
    return part if part in PARTS else ""


def _counts(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(name, number) for name, number in numbers.items() if number]


def _url_of(action: BulkAction, part: str) -> Any:
    base = url_for("bulk.show", action_id=action.id)

    def list_url(**changes: Any) -> str:
        parts = {"part": part, **changes}
        query = url_with("bulk.index", parts).partition("?")[2]
        return f"{base}?{query}" if query else base

    return list_url


def _order(action: BulkAction, typed: Mapping[str, Any]) -> OrderForm | None:
    kind = ORDER_OF.get(BulkKind(action.kind))
    if kind is None:
        return None
    wish = Wish(kind, typed.get("argument"), typed.get("comment", ""))
    return order_form(kind, url_for("bulk.start", action_id=action.id), wish)


def _judged_line(judged: Judged) -> ItemLine:
    item, verdict = judged.item, judged.verdict
    result = BulkResult.LEFT_OUT.value if verdict else FITS
    words, problems = _told(verdict)
    return ItemLine(item.task_id, item.task_name, judged.task, result, words, problems, judged.new_name)


def _item_line(item: BulkItem, task: Task | None, user: User) -> ItemLine:
    words, problems = _told(read(item.why, item.details) if item.why else None)
    seen = task if task is not None and is_visible(user, task) else None
    return ItemLine(item.task_id, item.task_name, seen, item.result or "", words, problems)


def _told(verdict: Verdict | None) -> tuple[str, list[Problem]]:
    if verdict is None:
        return "", []
    return verdict_words(verdict), without_secrets(list(verdict.problems))


def list_context(page: Page[BulkAction]) -> dict[str, Any]:
    """Return what the list of one's actions needs."""
    counts = bulk.counts_of([action.id for action in page.rows])
    size = current_app.config["LIST_PAGE_SIZE"]
    return {
        "page": page,
        "size": size,
        "actions": [
            {
                **head_of(action),
                "done": counts[action.id].get(BulkResult.DONE.value, 0),
                "not_done": counts[action.id].get(BulkResult.NOT_DONE.value, 0),
                "left_out": counts[action.id].get(BulkResult.LEFT_OUT.value, 0),
            }
            for action in page.rows
        ],
        "list_url": lambda **parts: url_with("bulk.index", parts),
    }
