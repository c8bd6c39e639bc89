"""Approval: who gives it, what takes it away, and what is declined."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.approval import ApprovalRules
from app.extensions import db
from app.models import PandaCommand, Task, TaskTransition, User
from app.services import alarms, tasks
from app.services.approval import APPROVED, approve, count_waiting, decline, is_waiting, list_waiting
from app.services.drafts import APPROVAL_GONE
from app.services.problems import ChangedMeanwhile, NotAllowed, NotFound, NotPossibleNow
from app.services.rules import rules_from
from app.services.tasks import TaskInput
from tests.build_chain import make_planner, make_wish
from tests.build_task import FIELDS

ON = ApprovalRules(True, 0)
People = dict[str, User]


@pytest.fixture
def people(app_context: Flask, make_user: Callable[..., User]) -> People:
    return {
        name: make_user(name if name != "other" else "physicist")
        for name in ("physicist", "other", "manager", "admin")
    }


@pytest.fixture
def submitted(people: People, app_context: Flask, now: datetime) -> Callable[..., Task]:
    """submitted("physicist", run="1") → a task that this person made and submitted."""

    def make(who: str = "physicist", jobs: int = 100, with_twin: bool = False, **fields: str) -> Task:
        given = TaskInput({**FIELDS, **fields}, None, 100_000, jobs, with_twin=with_twin)
        task = tasks.create_task(people[who], given, rules_from(app_context.config), now)
        return tasks.request_submission(task.id, people[who], task.version, now)

    return make


def fresh(task: Task) -> Task:
    return db.session.get_one(Task, task.id, populate_existing=True)


def last_reason(task: Task) -> tuple[int | None, str | None]:
    latest = select(TaskTransition).where(TaskTransition.task_id == task.id)
    row = db.session.scalars(latest.order_by(TaskTransition.id.desc())).first()
    return row.user_id, row.reason


@pytest.mark.parametrize(
    ("who", "waits"), [("physicist", True), ("other", True), ("manager", False), ("admin", False)]
)
def test_who_may_approve_does_so_by_submitting(
    submitted, people: People, now: datetime, who: str, waits: bool
):
    task = fresh(submitted(who))

    assert is_waiting(task, ON) is waits
    assert (task.approved_at, task.approved_by_id) == ((None, None) if waits else (now, people[who].id))


def test_a_manager_who_submits_the_draft_of_another_approves_it(
    people: People, app_context: Flask, now: datetime
):
    given = TaskInput(FIELDS, None, 100_000, 100)
    task = tasks.create_task(people["physicist"], given, rules_from(app_context.config), now)

    task = tasks.request_submission(task.id, people["manager"], task.version, now)

    assert fresh(task).approved_by_id == people["manager"].id


def test_a_plan_of_a_manager_is_approved_and_one_of_a_physicist_not(people: People, now: datetime):
    planner = make_planner()
    for version, (who, expected) in enumerate((("manager", 2), ("physicist", 0)), 1):
        wish = make_wish(["SIMULATION", "RECO"], run=[str(version)])
        made = planner.make(wish, None, people[who], frozenset(), now, submit=True)
        assert sum(fresh(task).approved_at is not None for task in made) == expected


def test_several_are_approved_at_once_each_as_it_was_seen(submitted, people: People, now: datetime):
    one, two, changed = (submitted(run=str(run)) for run in (1, 2, 3))
    versions = {one.id: one.version, two.id: two.version, changed.id: changed.version - 1, 999_999: 1}

    assert count_waiting(ON, 100) == 3
    assert approve(versions, people["manager"], now) == {one.id, two.id}
    assert approve(versions, people["admin"], now) == set(), "once"

    assert [fresh(task).approved_by_id for task in (one, two, changed)] == [people["manager"].id] * 2 + [None]
    assert last_reason(one) == (people["manager"].id, APPROVED)
    assert [task.id for task in list_waiting(ON, 1, 25, 100).rows] == [changed.id]


@pytest.mark.parametrize("who", ["physicist", "other"])
def test_nobody_but_a_manager_approves_or_declines(submitted, people: People, now: datetime, who: str):
    task = submitted()

    with pytest.raises(NotAllowed):
        approve({task.id: task.version}, people[who], now)
    with pytest.raises(NotAllowed):
        decline(task.id, people[who], task.version, "no", now, ON)


def test_a_task_is_approved_with_its_test(submitted, people: People, now: datetime):
    task = submitted(with_twin=True)

    assert count_waiting(ON, 100) == 2
    assert approve({task.id: task.version}, people["manager"], now) == {task.id}
    assert count_waiting(ON, 100) == 0


def test_a_change_takes_the_approval_away(submitted, people: People, app_context: Flask, now: datetime):
    task, rules = submitted(), rules_from(app_context.config)
    approve({task.id: task.version}, people["manager"], now)

    def change(who: str, events: int) -> Task:
        given = TaskInput(FIELDS, None, events, 100)
        seen = fresh(task).version
        return fresh(tasks.change_task(task.id, people[who], seen, given, rules, now))

    assert change("physicist", 100_000).approved_by_id == people["manager"].id, "nothing was changed"
    assert change("physicist", 200_000).approved_at is None
    assert last_reason(task) == (people["physicist"].id, APPROVAL_GONE)

    approve({task.id: fresh(task).version}, people["manager"], now)
    assert change("admin", 300_000).approved_by_id == people["admin"].id, "who may approve does so by it"


def test_one_that_was_withdrawn_is_to_be_approved_anew(submitted, people: People, now: datetime):
    task, owner = submitted(), people["physicist"]
    approve({task.id: task.version}, people["manager"], now)
    task = tasks.withdraw(task.id, owner, fresh(task).version, now)
    task = tasks.back_to_draft(task.id, owner, task.version, now)

    task = tasks.request_submission(task.id, owner, task.version, now)

    assert is_waiting(fresh(task), ON)


def test_what_is_declined_is_a_draft_again_with_the_reason(submitted, people: People, now: datetime):
    task = submitted()

    decline(task.id, people["manager"], task.version, "too many events", now, ON)

    assert fresh(task).state == "draft"
    assert last_reason(task) == (people["manager"].id, "declined: too many events")
    assert db.session.scalars(select(PandaCommand.state)).all() == ["withdrawn"]
    with pytest.raises(NotFound):
        decline(task.id, people["other"], task.version, "no", now, ON)


def test_only_what_waits_is_declined_as_it_was_seen(submitted, people: People, now: datetime):
    task, manager = submitted(), people["manager"]
    with pytest.raises(ChangedMeanwhile):
        decline(task.id, manager, task.version - 1, "no", now, ON)
    with pytest.raises(NotPossibleNow):
        decline(task.id, manager, task.version, "no", now, ApprovalRules(True, 101))
    approve({task.id: task.version}, manager, now)
    with pytest.raises(NotPossibleNow):
        decline(task.id, manager, fresh(task).version, "no", now, ON)

    assert fresh(task).state == "queued"


@pytest.mark.parametrize(("rules", "expected"), [(ON, 2), (ApprovalRules(True, 50), 1), (ApprovalRules(), 0)])
def test_only_tasks_of_many_jobs_wait_if_the_setting_says_so(submitted, rules, expected):
    submitted(jobs=10, run="1")
    submitted(jobs=50, run="2")

    assert count_waiting(rules, 100) == expected
    assert list_waiting(rules, 1, 25, 100).total == expected


def test_what_waits_for_a_person_is_no_alarm(submitted, app_context: Flask, people: People, now: datetime):
    task, late = submitted(), now + timedelta(days=1)

    def kinds() -> set[str]:
        found = alarms.find_alarms(alarms.limits_of(app_context.config), late)
        return {each.kind.value for each in found}

    assert "waiting" in kinds()
    app_context.config["APPROVAL_NEEDED"] = True
    assert "waiting" not in kinds()
    approve({task.id: task.version}, people["manager"], now)
    assert "waiting" in kinds()


def test_the_tasks_that_wait_are_counted_along_an_index(app_context: Flask, plan_of):
    how = plan_of(lambda: count_waiting(ON, 1000), "count(")

    assert "ix_task_unapproved" in how or "Seq Scan" in how, "PostgreSQL reads an empty table as a whole"
    assert "SCAN task\n" not in how
