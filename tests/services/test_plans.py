"""Plans: laid out and judged without a trace, made as a whole or not at all."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.plan import Wish
from app.domain.problem import Level
from app.extensions import db
from app.models import PandaCommand, Task, TaskField, TaskTransition, User
from app.services.begun_from import BegunFrom
from app.services.parents import After
from app.services.problems import Invalid, NotAllowed
from tests.build_chain import STEPS, build_chain, make_planner, make_wish
from tests.walk import walk


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


def counts() -> list[int]:
    tables = (Task, TaskField, TaskTransition, PandaCommand)
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_chain_is_made_with_parents_and_the_id_of_its_first(
    app_context: Flask, physicist: User, now: datetime
):
    tasks = build_chain(physicist, now)

    assert [task.recipe for task in tasks] == list(STEPS)
    assert [task.parent_id for task in tasks] == [None, *(task.id for task in tasks[:-1])]
    assert {task.chain_id for task in tasks} == {tasks[0].id}
    assert {task.state for task in tasks} == {"queued"}
    assert [task.name.split(".")[6] for task in tasks] == list(STEPS)
    assert counts()[3] == 4, "each waits to be sent"


def test_a_plan_stores_nothing(app_context: Flask, physicist: User, now: datetime):
    plan = make_planner().plan(make_wish(), None, physicist, now)

    db.session.commit()
    assert len(plan.rows) == 4
    assert counts() == [0, 0, 0, 0]


def test_three_energies_in_two_polarizations_are_six_chains(
    app_context: Flask, physicist: User, now: datetime
):
    wish = make_wish(energy=["10", "13.5", "27"], polarization=["UU", "LL"])

    tasks = make_planner().make(wish, None, physicist, frozenset(), now, submit=False)

    assert len(tasks) == 24
    assert len({task.chain_id for task in tasks}) == 6
    assert all(task.state == "draft" for task in tasks)
    names = {".".join(task.name.split(".")[2:4]) for task in tasks}
    assert names == {f"{energy}.{beams}" for energy in ("10", "13p5", "27") for beams in ("UU", "LL")}


def test_a_single_step_is_no_chain(app_context: Flask, physicist: User, now: datetime):
    tasks = build_chain(physicist, now, ["SIMULATION"], run=["59", "60"])

    assert [(task.chain_id, task.parent_id) for task in tasks] == [(None, None)] * 2


def test_without_a_version_the_first_that_is_free_for_all_steps_is_taken(
    app_context: Flask, physicist: User, now: datetime
):
    build_chain(physicist, now, ["SIMULATION"])
    build_chain(physicist, now, ["RECO"], version=["2"])

    tasks = build_chain(physicist, now, ["SIMULATION", "RECO"], version=[""])

    assert {task.name.rpartition(".")[2] for task in tasks} == {"3"}


def test_a_name_that_is_taken_stops_the_whole_plan(app_context: Flask, physicist: User, now: datetime):
    build_chain(physicist, now, ["RECO"])
    before = counts()

    with pytest.raises(Invalid) as refused:
        build_chain(physicist, now, ["SIMULATION", "RECO"])

    assert [problem.code for problem in refused.value.problems] == ["name_taken"]
    assert counts() == before


def test_two_tasks_of_a_plan_cannot_have_one_name(app_context: Flask, physicist: User, now: datetime):
    cells = {(1, 0, "dataset"): "same", (0, 0, "dataset"): "same"}
    wish = make_wish(["SIMULATION"], cells=cells, dataset=["one", "two"])

    plan = make_planner().plan(wish, None, physicist, now)

    assert [[problem.code for problem in row.problems] for row in plan.rows] == [["name_twice"]] * 2


def test_a_warning_must_be_confirmed(app_context: Flask, physicist: User, now: datetime):
    wish = make_wish(["SIMULATION"], energy=["40"])
    planner = make_planner()
    with pytest.raises(Invalid) as refused:
        planner.make(wish, None, physicist, frozenset(), now, submit=False)
    [problem] = refused.value.problems
    assert problem.level is Level.WARNING

    key = f"{problem.field}:{problem.code}:"
    assert len(planner.make(wish, None, physicist, frozenset({key}), now, submit=False)) == 1


def test_a_plan_that_is_too_large_is_not_laid_out(app_context: Flask, physicist: User, now: datetime):
    app_context.config["PLAN_SIZE"] = 8

    plan = make_planner().plan(make_wish(run=["1", "2", "3"]), None, physicist, now)

    assert plan.rows == []
    assert [(problem.code, dict(problem.values)) for problem in plan.problems] == [
        ("plan_too_large", {"tasks": 12, "maximum": 8})
    ]
    with pytest.raises(Invalid):
        build_chain(physicist, now, run=["1", "2", "3"])


def test_what_could_not_be_sent_is_said_in_the_plan(app_context: Flask, physicist: User, now: datetime):
    wish = make_wish(["RECO", "AOD"], source=["Data"])

    plan = make_planner().plan(wish, None, physicist, now)

    codes = [[problem.code for problem in row.problems] for row in plan.rows]
    assert codes == [["input_missing"], []], "the second reads what the first makes"


def test_a_viewer_makes_nothing(app_context: Flask, make_user: Callable[..., User], now: datetime):
    with pytest.raises(NotAllowed):
        build_chain(make_user("viewer"), now)


def test_of_two_clicks_the_second_finds_what_the_first_made(
    app_context: Flask, physicist: User, make_user: Callable[..., User], now: datetime
):
    made = build_chain(physicist, now)
    planner, wish = make_planner(), make_wish()

    def found(person: User = physicist, wish: Wish = wish, **other: Any) -> list[int]:
        collision = other.pop("collision", None)
        again = planner.find_just_made(wish, collision, person, now, submit=True, **other)
        return [task.id for task in again]

    assert found() == [task.id for task in made]
    assert found(make_user("physicist")) == []
    assert found(wish=make_wish(events="5000")) == []
    assert found(collision="pp") == []
    assert found(with_twin=True) == []
    assert found(begun_from=BegunFrom({task.recipe: task for task in made}, extends=True)) == []
    assert found(begun_from=BegunFrom(after=After(made[0].id, made[0]))) == []


def test_an_error_after_any_statement_leaves_nothing(app_context: Flask, physicist: User, now: datetime):
    def nothing_is_left() -> None:
        assert counts() == [0, 0, 0, 0]

    assert walk(lambda: build_chain(physicist, now, ["SIMULATION", "RECO"]), nothing_is_left) > 7
    assert counts()[0] == 2
