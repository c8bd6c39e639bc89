"""Plans of tasks that follow one that exists: they read what it makes, and join its chain."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from app.domain.problem import Level
from app.extensions import db
from app.models import Task, User
from app.services.begun_from import BegunFrom
from app.services.parameters import ParameterBuilder
from app.services.parents import After
from app.services.problems import Invalid
from app.services.tasks import delete_draft
from tests.build_chain import ONCE_MORE, build_chain, make_planner, make_wish
from tests.walk import walk

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
REST = ("RECO", "AOD")


@pytest.fixture
def owner(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture
def follow(app_context: Flask, owner: User, now: datetime):
    """follow(task, steps=REST, user=owner, **values) → the tasks that were made to follow it."""

    def make(
        task: Task, steps=REST, user: User = owner, confirmed=frozenset(), with_twin=False, **values
    ) -> list[Task]:
        after = After(task.id, db.session.get(Task, task.id))
        begun_from, of_parent = BegunFrom(after=after), {"run": [after.fields["run"]]}
        wish = make_wish(steps, **{**of_parent, **values})
        return make_planner().make(
            wish, None, user, confirmed, now, submit=False, begun_from=begun_from, with_twin=with_twin
        )

    return make


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def test_a_task_that_stood_alone_begins_the_chain(follow, make_task, owner: User):
    task = make_task("submitted", creator=owner, panda_status="done")

    made = follow(task)

    first = db.session.get_one(Task, task.id)
    assert [each.parent_id for each in made] == [task.id, made[0].id]
    assert [each.chain_id for each in (first, *made)] == [task.id] * 3
    sent = ParameterBuilder(current_app.config).preview(made[0]).text
    assert f'"{first.name}' in sent, "it reads what that task makes"


def test_a_step_of_a_chain_gets_a_second_branch(follow, app_context: Flask, owner: User, now: datetime):
    chain = build_chain(owner, now)

    [made] = follow(chain[1], ["RECO"], version=["2"], confirmed=ONCE_MORE)

    assert (made.parent_id, made.chain_id) == (chain[1].id, chain[0].id)


def test_each_sample_of_a_plan_follows_it(follow, make_task, owner: User):
    task = make_task("submitted", creator=owner)

    made = follow(task, version=["1", "2"])

    assert [each.parent_id for each in made] == [task.id, made[0].id, task.id, made[2].id]
    assert {each.chain_id for each in made} == {task.id}


@on_sqlite
def test_only_what_reads_its_output_may_follow(follow, make_task, owner: User):
    task = make_task("submitted", creator=owner)

    for steps, code in ((["AOD"], "parent_of_another_kind"), (["EVGEN"], "parent_of_another_kind")):
        with pytest.raises(Invalid) as refused:
            follow(task, steps)
        assert codes(refused) == [code]


@on_sqlite
@pytest.mark.parametrize(("role", "may"), [("physicist", False), ("manager", True)])
def test_who_may_not_change_a_task_adds_nothing_to_it(follow, make_task, make_user, owner, role, may):
    task = make_task("submitted", creator=owner)
    other = db.session.get(User, make_user(role, username="other").id)

    if may:
        assert follow(task, user=other)[0].creator_id == other.id
        return
    with pytest.raises(Invalid) as refused:
        follow(task, user=other)
    assert set(codes(refused)) == {"parent_not_yours"}
    assert db.session.get_one(Task, task.id).chain_id is None


@on_sqlite
def test_what_is_odd_about_the_parent_is_asked(follow, make_task, owner: User):
    task = make_task("submitted", creator=owner, panda_status="failed")

    with pytest.raises(Invalid) as refused:
        follow(task, run=["60"])

    found = {problem.code: problem.level for problem in refused.value.problems}
    assert found["parent_dead"] is Level.WARNING


@on_sqlite
def test_another_run_than_the_parents_is_asked_about(follow, make_task, owner: User):
    with pytest.raises(Invalid) as refused:
        follow(make_task("submitted", creator=owner), ["RECO"], run=["60"])

    [problem] = refused.value.problems
    assert (problem.code, problem.values["fields"], problem.level) == (
        "parent_differs",
        ("run",),
        Level.WARNING,
    )


def test_a_parent_that_was_deleted_meanwhile_is_told_and_nothing_is_made(
    app_context: Flask, make_task, owner: User, now: datetime
):
    task = make_task("draft", creator=owner)
    begun_from = BegunFrom(after=After(task.id, db.session.get(Task, task.id)))
    user = db.session.get(User, owner.id)
    delete_draft(task.id, user, task.version)

    with pytest.raises(Invalid) as refused:
        make_planner().make(
            make_wish(REST), None, user, frozenset(), now, submit=False, begun_from=begun_from
        )

    assert set(codes(refused)) == {"parent_gone"}
    assert db.session.scalar(select(func.count()).select_from(Task)) == 0


@on_sqlite
def test_what_reads_the_output_of_a_task_cannot_be_tested_first(
    follow, make_task, owner: User, now: datetime
):
    """SIMULATION makes its own events without a parent: a test of that would say nothing of this one."""
    task = make_task("submitted", creator=owner, data_type="EVGEN")

    with pytest.raises(Invalid) as refused:
        follow(task, ["SIMULATION"], with_twin=True)

    assert codes(refused) == ["no_twin"]
    assert db.session.scalar(select(func.count()).select_from(Task)) == 1


def test_an_error_after_any_statement_leaves_the_parent_alone(follow, make_task, owner: User):
    task = make_task("submitted", creator=owner)

    def nothing_is_left() -> None:
        assert [(each.id, each.chain_id) for each in db.session.scalars(select(Task))] == [(task.id, None)]

    assert walk(lambda: follow(task), nothing_is_left) > 7
    assert db.session.scalar(select(func.count()).select_from(Task)) == 3
