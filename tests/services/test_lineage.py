"""A task of a chain is changed: it still fits its parent and those that read it, or somebody is asked."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.extensions import db
from app.models import Task, User
from app.services import tasks
from app.services.lineage import WARNINGS
from app.services.problems import Invalid
from app.services.rules import rules_from
from app.services.tasks import TaskInput
from tests.build_chain import build_chain
from tests.databases import counted_statements

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture
def chain(app_context: Flask, physicist: User, now: datetime) -> list[Task]:
    return build_chain(physicist, now, ["SIMULATION", "RECO", "AOD"])


@pytest.fixture
def change(app_context: Flask, physicist: User, now: datetime) -> Callable[..., list[tuple]]:
    """change(task, confirmed=…, **fields) → what stands in the way, as (field, code, values)."""

    def run(task: Task, confirmed: frozenset[str] = frozenset(), **fields: str) -> list[tuple]:
        task = db.session.get_one(Task, task.id)
        known = {each.field: each.value for each in task.fields} | fields
        given = TaskInput(known, task.collision, task.events, task.jobs, confirmed)
        try:
            tasks.change_task(task.id, physicist, task.version, given, rules_from(app_context.config), now)
        except Invalid as refusal:
            return [(each.field, each.code, dict(each.values)) for each in refusal.problems]
        return []

    return run


def test_a_step_becomes_nothing_that_its_parent_or_child_does_not_fit(
    change: Callable[..., list[tuple]], chain: list[Task]
):
    third = chain[2].id
    of_parent = {"data_type": "EVGEN", "parent_type": "SIMULATION", "allowed": ("RECO",)}

    assert change(chain[1], data_type="EVGEN") == [
        ("data_type", "parent_of_another_kind", of_parent),
        ("data_type", "child_of_another_kind", {"id": third, "data_type": "EVGEN", "child_type": "AOD"}),
    ]
    found = change(chain[0], data_type="RECO", version="7")
    assert ("data_type", "child_of_another_kind") in [each[:2] for each in found]
    assert [task.recipe for task in db.session.query(Task).order_by(Task.id)] == ["SIMULATION", "RECO", "AOD"]


def test_other_physics_than_those_beside_it_are_asked_about(
    change: Callable[..., list[tuple]], chain: list[Task]
):
    _first, second, third = (task.id for task in chain)

    assert change(chain[1], run="60") == [
        ("name", "parent_differs", {"fields": ("run",)}),
        ("name", "child_differs", {"id": third, "fields": ("run",)}),
    ]
    assert change(chain[0], polarization="LL", confirmed=frozenset({"name:parent_differs:"})) == [
        ("name", "child_differs", {"id": second, "fields": ("polarization",)}),
    ]
    assert change(chain[1], run="60", confirmed=WARNINGS) == []


def test_dataset_and_version_are_each_tasks_own(change: Callable[..., list[tuple]], chain: list[Task]):
    assert change(chain[1], dataset="other", version="7") == []


def test_recipes_that_have_changed_since_hold_up_no_other_change(
    app_context: Flask, change: Callable[..., list[tuple]], chain: list[Task]
):
    chain[1].recipe = "EVGEN"
    chain[1].sample = chain[1].sample.replace("RECO", "EVGEN")
    [row] = [each for each in chain[1].fields if each.field == "data_type"]
    row.value = "EVGEN"
    db.session.commit()

    assert change(chain[1], version="7") == []


def test_a_task_without_a_chain_costs_no_statement_more(
    app_context: Flask, change: Callable[..., list[tuple]], make_task: Callable[..., Task], physicist: User
):
    task = make_task("draft", creator=physicist)
    with counted_statements(app_context) as found:
        change(task, version="7")

    assert [each for each in found if "parent_id IN" in each] == []
