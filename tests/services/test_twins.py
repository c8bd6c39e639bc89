"""Twins in the database: made with their tasks, queued and deleted with them, waited for, waived."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.domain.twin import Trial
from app.extensions import db, write_unit
from app.models import PandaCommand, Task, TaskTransition, User
from app.services import chains, tasks
from app.services.problems import ChangedMeanwhile, HasChildren, Invalid, NotAllowed, NotFound, NotPossibleNow
from app.services.rules import rules_from
from app.services.samples import find_samples
from app.services.tasks import TaskInput
from app.services.twins import task_of_twin, trial_of
from app.services.waiving import SENT_WITHOUT_TEST, waive_test
from tests.build_chain import make_planner, make_wish
from tests.build_task import FIELDS

NAME = "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name"


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture
def made(app_context: Flask, physicist: User, now: datetime) -> Callable[..., Task]:
    """made(version="1") → a draft with a twin."""

    def make(events: int = 100_000, **changes: str) -> Task:
        given = TaskInput({**FIELDS, **changes}, "pp", events, 100 if events > 100 else 1, with_twin=True)
        return tasks.create_task(physicist, given, rules_from(app_context.config), now)

    return make


def states() -> list[str]:
    return list(db.session.scalars(select(Task.state).order_by(Task.id)))


def test_a_twin_is_one_small_job_of_the_same(made: Callable[..., Task]):
    task = made()
    twin = task.waits_for

    assert (twin.name, twin.events, twin.jobs, twin.is_twin) == (f"{NAME}_test.1", 100, 1, True)
    assert (twin.recipe, twin.collision, twin.sample) == (task.recipe, "pp", task.sample)
    assert (task.is_twin, twin.waits_for, task_of_twin(twin), task_of_twin(task)) == (False, None, task, None)


def test_a_small_task_has_a_smaller_twin(made: Callable[..., Task]):
    assert made(events=30).waits_for.events == 30


def test_names_of_twins_never_collide(made: Callable[..., Task]):
    first, second = made(), made(version="2")

    assert first.waits_for.name == f"{NAME}_test.1"
    assert second.waits_for.name == f"{NAME}_test.2"
    third = made(dataset="myDataset.123456.name_", version="3", run="60")
    assert len({first.waits_for_id, second.waits_for_id, third.waits_for_id}) == 3


def test_a_name_that_is_taken_gets_a_number(made: Callable[..., Task], make_task):
    make_task("draft", run="59", dataset="myDataset.123456.name_test", version="1")
    db.session.rollback()

    assert made().waits_for.name == f"{NAME}_test2.1"


def test_what_reads_a_dataset_has_none(made: Callable[..., Task]):
    with pytest.raises(Invalid) as refused:
        made(data_type="RECO")

    assert [problem.code for problem in refused.value.problems] == ["no_twin"]
    assert states() == [], "nothing half-made"


def test_it_is_submitted_with_its_task(made: Callable[..., Task], physicist: User, now: datetime):
    task = made()

    tasks.request_submission(task.id, physicist, task.version, now)

    assert states() == ["queued", "queued"]
    assert len(db.session.scalars(select(PandaCommand)).all()) == 2


def test_a_task_that_was_withdrawn_is_submitted_again_without_a_second_twin(
    made: Callable[..., Task], physicist: User, now: datetime
):
    task = tasks.request_submission(made().id, physicist, 1, now)
    task = tasks.withdraw(task.id, physicist, task.version, now)
    task = tasks.back_to_draft(task.id, physicist, task.version, now)
    tasks.request_submission(task.id, physicist, task.version, now)

    assert states() == ["queued", "queued"]


def test_a_draft_goes_with_its_twin_but_a_twin_not_alone(
    made: Callable[..., Task], physicist: User, now: datetime
):
    task = made()
    twin = task.waits_for
    with pytest.raises(HasChildren):
        tasks.delete_draft(twin.id, physicist, twin.version)

    tasks.delete_draft(task.id, physicist, task.version)
    assert states() == []


def test_a_twin_that_was_submitted_stays(made: Callable[..., Task], physicist: User, now: datetime):
    task = made()
    twin = task.waits_for
    tasks.request_submission(twin.id, physicist, twin.version, now)

    tasks.delete_draft(task.id, physicist, task.version)

    assert states() == ["queued"]
    assert task_of_twin(db.session.get_one(Task, twin.id)) is None


def test_of_a_chain_the_first_step_is_tested(app_context: Flask, physicist: User, now: datetime):
    wish = make_wish(["SIMULATION", "RECO"], run=["1", "2"])

    made = make_planner().make(wish, None, physicist, frozenset(), now, submit=True, with_twin=True)

    assert [task.waits_for is not None for task in made] == [True, False, True, False]
    twins = [task.waits_for for task in made if task.waits_for]
    assert [(twin.state, twin.chain_id, twin.parent_id) for twin in twins] == [("queued", None, None)] * 2
    assert len(states()) == 6


def test_drafts_of_a_chain_are_submitted_and_deleted_with_their_twin(
    app_context: Flask, physicist: User, now: datetime
):
    def make() -> list[Task]:
        wish = make_wish(["SIMULATION", "RECO"], version=[""])
        return make_planner().make(wish, None, physicist, frozenset(), now, submit=False, with_twin=True)

    first = make()
    versions = {task.id: task.version for task in first}
    chains.act_on_chain(first[0].id, physicist, chains.TaskAction.DELETE, versions, now)
    assert states() == []

    second = make()
    versions = {task.id: task.version for task in second}
    chains.act_on_chain(second[0].id, physicist, chains.TaskAction.SUBMIT, versions, now)
    assert states() == ["queued"] * 3


def test_a_twin_is_no_part_of_the_sample(made: Callable[..., Task], physicist: User, now: datetime):
    task = made()
    twin = task.waits_for
    tasks.request_submission(twin.id, physicist, twin.version, now)
    assert find_samples([task.sample], "pp") == {}

    tasks.request_submission(task.id, physicist, task.version, now)
    found = find_samples([task.sample], "pp")[task.sample]
    assert (found.task_id, found.tasks, found.events) == (task.id, 1, 100_000)


@pytest.mark.parametrize("which", ["task", "twin"])
def test_a_task_and_its_twin_stay_of_one_sample(
    made: Callable[..., Task], app: Flask, physicist: User, now: datetime, which: str
):
    task = made() if which == "task" else made().waits_for
    rules = rules_from(app.config)
    fields = {field.field: field.value for field in task.fields}

    given = TaskInput({**fields, "energy": "10"}, "pp", task.events, task.jobs)
    with pytest.raises(Invalid) as refused:
        tasks.change_task(task.id, physicist, task.version, given, rules, now)
    assert [problem.code for problem in refused.value.problems] == ["tested_differently"]

    given = TaskInput({**fields, "dataset": "another"}, "pp", task.events, task.jobs)
    assert tasks.change_task(task.id, physicist, task.version, given, rules, now).name != task


def test_a_test_is_waived_with_who_did(made: Callable[..., Task], physicist: User, now: datetime):
    task = tasks.request_submission(made().id, physicist, 1, now)
    assert trial_of(task) is Trial.AT_WORK

    task = waive_test(task.id, physicist, task.version, now)

    assert (task.test_waived_at, task.test_waived_by_id) == (now, physicist.id)
    assert trial_of(task) is Trial.WAIVED
    latest = (
        select(TaskTransition).where(TaskTransition.task_id == task.id).order_by(TaskTransition.id.desc())
    )
    row = db.session.scalars(latest).first()
    assert (row.old, row.new, row.user_id, row.reason) == (
        "queued",
        "queued",
        physicist.id,
        SENT_WITHOUT_TEST,
    )


def test_who_may_waive_a_test_and_when(
    made: Callable[..., Task], physicist: User, now: datetime, make_user: Callable[..., User], make_task
):
    task = made()
    with pytest.raises(NotFound):
        waive_test(task.id, make_user("physicist"), task.version, now)
    task = tasks.request_submission(task.id, physicist, task.version, now)
    with pytest.raises(NotAllowed):
        waive_test(task.id, make_user("physicist"), task.version, now)
    with pytest.raises(ChangedMeanwhile):
        waive_test(task.id, physicist, task.version - 1, now)
    other = make_task("queued")
    db.session.rollback()
    with pytest.raises(NotPossibleNow):
        waive_test(other.id, make_user("manager"), other.version, now)

    seen = task.version
    waive_test(task.id, make_user("manager"), seen, now)
    with pytest.raises((NotPossibleNow, ChangedMeanwhile)):
        waive_test(task.id, physicist, seen, now)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("done", Trial.PASSED), ("finished", Trial.FAILED), ("running", Trial.AT_WORK)],
)
def test_what_has_come_of_a_twin(made: Callable[..., Task], state: str, expected: Trial):
    task = made()
    values = {"state": "submitted", "panda_status": state, "shown_state": state}
    db.session.execute(update(Task).where(Task.id == task.waits_for_id).values(values))
    db.session.commit()

    assert trial_of(task) is expected


def test_a_test_is_taken_back_with_its_task_and_comes_again_with_it(
    made: Callable[..., Task], physicist: User, now: datetime
):
    task = made()
    tasks.request_submission(task.id, physicist, task.version, now)
    tasks.withdraw(task.id, physicist, task.version, now)
    after_withdrawal = states()
    tasks.back_to_draft(task.id, physicist, task.version, now)
    as_drafts = states()
    tasks.request_submission(task.id, physicist, task.version, now)

    assert (after_withdrawal, as_drafts) == (["withdrawn"] * 2, ["draft"] * 2)
    assert states() == ["queued"] * 2


@pytest.mark.parametrize(
    ("events", "jobs", "wrong"), [(101, 1, {"events"}), (100, 2, {"jobs"}), (50, 1, set())]
)
def test_a_test_stays_small(
    app_context: Flask, made: Callable[..., Task], physicist: User, now: datetime, events, jobs, wrong
):
    twin = made().waits_for
    fields = {each.field: each.value for each in twin.fields}
    given = TaskInput(fields, twin.collision, events, jobs, frozenset({"jobs:few_events_per_job:"}))

    def change() -> set[str]:
        try:
            tasks.change_task(twin.id, physicist, twin.version, given, rules_from(app_context.config), now)
        except Invalid as refusal:
            return {problem.field for problem in refusal.problems if problem.code == "too_large"}
        return set()

    assert change() == wrong


def test_doing_without_the_test_ends_with_a_change(
    app_context: Flask, made: Callable[..., Task], physicist: User, now: datetime
):
    task = made()
    waive_test(task.id, physicist, task.version, now)
    given = TaskInput(FIELDS, "pp", 900_000, 900)

    changed = tasks.change_task(task.id, physicist, task.version, given, rules_from(app_context.config), now)

    assert (changed.test_waived_at, trial_of(changed)) == (None, Trial.NOT_ON_ITS_WAY)


def test_nothing_on_which_a_task_stands_goes_with_its_test(
    made: Callable[..., Task], physicist: User, make_task, now: datetime
):
    task = made()
    twin_id = task.waits_for_id
    reader = make_task("draft", creator=physicist, data_type="RECO")
    db.session.rollback()
    with write_unit() as session:
        session.execute(update(Task).where(Task.id == reader.id).values(parent_id=twin_id))

    with pytest.raises(HasChildren):
        tasks.delete_draft(task.id, physicist, task.version)
