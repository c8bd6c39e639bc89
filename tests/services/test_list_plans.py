"""The list reads along its indexes: no sort or filter makes the database sort all tasks."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, text

from app.domain.permission import Role
from app.domain.task_filter import FILTERS
from app.extensions import db
from app.models import PandaCall, Task, TaskField, TaskFollower, TaskTag, User
from app.services import labels
from app.services.accounts import NewAccount, make_account
from app.services.call_list import CallQuery, list_calls
from app.services.task_list import SORTS, list_tasks
from app.services.task_query import TaskQuery
from tests.build_task import FIELDS
from tests.conftest import PASSWORD

COUNT = 3000
ACCOUNTS = [
    NewAccount(name, "Test", "Physicist", f"{name}@example.org", PASSWORD)
    for name in ("physicist1", "physicist2")
]
START = datetime(2026, 1, 1, tzinfo=UTC)
# A day of few tasks, 2026-01-21; any other day has a twelfth of all, which PostgreSQL may well read whole.
QUIET = timedelta(days=20)


@pytest.fixture
def app(full_app):
    return full_app


@pytest.fixture
def many(app_context):
    return db.session.scalars(select(User).order_by(User.id)).first()


def fill():
    """Make many tasks and calls, as the database must see to plan like in real life."""
    user, other = (make_account(account, Role.PHYSICIST, START) for account in ACCOUNTS)
    dice = random.Random(1)
    tasks, fields, calls = [], [], []
    for number in range(1, COUNT + 1):
        values = FIELDS | {"run": str(number), "dataset": f"set{number % 50}"}
        at = START + (timedelta(seconds=dice.randrange(10**6)) if number % 100 else QUIET)
        state = dice.choice(["draft", "queued", "submitted", "submitted", "submitted"])
        tasks.append(
            {
                "id": number, "name": ".".join(values.values()), "convention_version": 1, "task_type": "MC",
                "recipe": "SIMULATION", "events": 1000, "jobs": 10, "creator_id": user.id,
                "creator_name": f"user{number % 40}" if number % 100 else "rare", "state": state,
                "shown_state": dice.choice(["running", "done", "failed"]) if state == "submitted" else state,
                "state_as_of": at, "priority": 900, "created_at": at, "updated_at": at, "version": 1,
                "jobs_done": 0, "jobs_failed": 0, "parent_id": None,
                "campaign": f"campaign{number % 10}" if number % 2 else None,
                "request": f"SPD-{number % 100}" if number % 3 else None,
            }
        )  # fmt: skip
        fields += [{"task_id": number, "field": name, "value": value} for name, value in values.items()]
        calls.append(
            {
                "id": number, "started_at": at, "task_id": number, "verb": "GET", "method": f"m{number % 20}",
                "parameters": "{}", "outcome": f"Error{number % 20}",
            }
        )  # fmt: skip
    tags = [{"task_id": number, "tag": f"tag{number % 100}"} for number in range(1, COUNT + 1)]
    tags += [{"task_id": number, "tag": "common"} for number in range(1, COUNT + 1)]
    followed = [{"task_id": number, "user_id": user.id, "since": START} for number in range(1, COUNT, 100)]
    followed += [{"task_id": number, "user_id": other.id, "since": START} for number in range(1, COUNT + 1)]
    tables = (Task, tasks), (TaskField, fields), (PandaCall, calls), (TaskTag, tags), (TaskFollower, followed)
    for table, rows in tables:
        db.session.execute(insert(table), rows)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
        db.session.commit()


CALLS = [CallQuery(), CallQuery(method="m3"), CallQuery(outcome="Error3")]


def sorts_all(plan):
    """Say whether a plan sorts rows that no index has put in order."""
    return "TEMP B-TREE" in plan or any(
        "Sort  (" in line and "Incremental" not in line for line in plan.split("\n")
    )


def reads_all(plan):
    """Say whether a plan reads one of the long tables without an index."""
    long = re.compile(r"(Seq Scan on|SCAN) (task|task_field|task_tag|task_follower|panda_call)( .*)?")
    found = [match[0] for line in plan.split("\n") if (match := long.search(line))]
    return any("INDEX" not in line for line in found)


def asked(sort="-updated", text="", **values):
    """Return a query: field values as run="77" or run=("59-70", "77"), other filters by their names."""
    filters = {each.name for each in FILTERS}
    given = {
        name if name in filters else f"f_{name}": (value,) if isinstance(value, str) else value
        for name, value in values.items()
    }
    return TaskQuery(text=text, values=given, sort=sort, now=START + timedelta(days=12))


ORDERED = [
    TaskQuery(),
    *(TaskQuery(sort=f"{direction}{column}") for column in SORTS for direction in ("", "-")),
    asked(state="running"),
    asked(state=("running", "done", "queued")),
    asked(state=("running", "done"), sort="name"),
    asked(creator="user3"),
    asked(type=("MC", "Data")),
    asked(year="2026"),
    asked(year="2020-2030", sort="name"),
    asked(run="59-2900"),
    asked(run=("-1000", "1500-", "77")),
    asked(updated="30d"),
    asked(updated="..2026-01-10", sort="updated"),
    asked(updated="2026-01-01..2026-01-10", sort="-name"),
    asked(updated=("2026-01-02..2026-01-05", "2026-01-07..2026-01-12")),
    asked(created="30d"),
    asked(created="2026-01-01..2026-01-10", sort="creator"),
    asked(campaign="campaign3"),
    asked(tag="common"),
]
FEW_FOUND = [
    asked(run="77"),
    asked(run="59-70"),
    asked(run=("59-70", "77", "2990-"), sort="name"),
    asked(run=tuple(str(number) for number in range(100))),
    asked(dataset="set3", year="2026"),
    asked(state="running", creator="user3", sort="name"),
    asked(state="queued", creator=("rare", "nobody")),
    asked(run="77", text="set", sort="-state"),
    asked(updated="2026-01-21", created="2026-01-21"),
    asked(created=("..2025-12-31", "2026-01-21..")),
    asked(chain=("7", "8")),
    asked(panda=("7", "8")),
    replace(asked(), listed=tuple(str(number) for number in range(1, 20))),
    replace(asked(text="1, 2, 3, a.name"), listed=("a.name", "b.name", "7")),
    asked(request="SPD-7"),
    asked(creator="@me"),
    asked(tag="tag7"),
    asked(tag=("tag7", "tag8"), campaign="campaign7"),
    asked(tag="tag7", followed="@me", campaign="campaign7"),
    asked(followed="@me"),
]


def test_the_lists_are_read_along_their_indexes(many, plan_of):
    def plans_of(list_them, queries):
        return {repr(query): plan_of(lambda query=query: list_them(query), "OFFSET") for query in queries}

    ordered = plans_of(lambda query: list_tasks(query, many, 25, 10_000), ORDERED)
    looked_up = plans_of(lambda query: list_tasks(query, many, 25, 10_000), FEW_FOUND)
    calls = plans_of(lambda query: list_calls(query, 25, 10_000), CALLS)

    plans = ordered | looked_up | calls
    assert {query: plan for query, plan in (ordered | calls).items() if sorts_all(plan)} == {}
    assert {query: plan for query, plan in plans.items() if reads_all(plan)} == {}
    assert len(plans) >= 40


@pytest.mark.parametrize("full_app", ["sqlite"], indirect=True)
def test_tasks_are_counted_without_reading_them_in_their_order(many, plan_of):
    queries = [query for query in ORDERED if query.values]

    plans = {
        repr(query): plan_of(lambda query=query: list_tasks(query, many, 25, 10_000), "count(*)")
        for query in queries
    }

    assert {query: plan for query, plan in plans.items() if "CORRELATED" in plan or sorts_all(plan)} == {}
    assert len(plans) >= 12


@pytest.mark.parametrize("full_app", ["sqlite"], indirect=True)
def test_a_plan_would_show_a_sort_of_all(app_context, plan_of):
    plan = plan_of(lambda: db.session.execute(text("SELECT id FROM task ORDER BY events")).all(), "ORDER BY")

    assert sorts_all(plan)
    assert reads_all(plan)


@pytest.mark.parametrize("full_app", ["sqlite"], indirect=True)
def test_a_range_in_a_row_is_not_looked_up_anew_for_each_task(many, plan_of):
    plan = plan_of(lambda: list_tasks(asked(run="59-2900"), many, 25, 10_000), "OFFSET")

    assert "sqlite_autoindex_task_field_1 (task_id=? AND field=?)" in plan


def test_a_wide_and_a_narrow_filter_find_what_they_should(many):
    def found(**values):
        return list_tasks(asked(**values), many, COUNT, 10_000).total

    everything = list_tasks(TaskQuery(), many, 1, 10_000).total
    assert (found(year="2026"), found(run="77"), found(run="0")) == (everything, 1, 0)
    assert (found(year="2026", run="77"), found(year="2025")) == (1, 0)
    assert found(dataset="set3") == COUNT / 50
    assert (found(run="59-70"), found(run="59-2900")) == (12, 2842)
    assert (found(run=("59-70", "65-80", "1")), found(run=("-2000", "1500-"))) == (23, everything)
    assert (found(created="..2025-12-31"), found(created="2026-01-01..")) == (0, everything)


def test_what_is_in_use_is_found_along_the_indexes(many, plan_of):
    plans = [plan_of(labels.tags_in_use, "min("), plan_of(labels.campaigns_in_use, "min(")]

    assert [plan for plan in plans if reads_all(plan) or sorts_all(plan)] == []
