"""Actions on many tasks: who does what when, and that each task is done once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from app.domain.bulk import BulkKind, Why
from app.domain.problem import Problem
from app.extensions import db, write_unit
from app.models import BulkAction, BulkItem, PandaCommand, Task, User
from app.services import bulk, bulk_run
from app.services.bulk import Chosen, leave_out, propose, start
from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on, next_action
from app.services.bulk_verdict import Verdict, read, stored
from app.services.problems import NotFound
from app.services.task_input import TaskInput
from app.services.tasks import create_task
from app.services.transitions import holder_is
from tests.build_task import FIELDS
from tests.services.bulk.hands import edit, results

Make = Callable[..., Task]


def test_children_are_deleted_before_their_parents(make_task: Make, act, run, person):
    parent, child, other = (make_task("draft", creator=person) for _each in range(3))
    with write_unit() as session:
        session.execute(
            update(Task).where(Task.id == child.id).values(parent_id=parent.id, chain_id=parent.id)
        )
        session.execute(update(Task).where(Task.id == parent.id).values(chain_id=parent.id))

    alone = run(act(BulkKind.DELETE, [parent, other]))
    both = run(act(BulkKind.DELETE, [parent, child]))

    assert alone == [(other.id, "done", None), (parent.id, "left out", "has children")]
    assert both == [(child.id, "done", None), (parent.id, "done", None)]


def test_a_twin_is_deleted_with_the_task_that_waits_for_it(app_context, act, run, person, now):
    given = TaskInput({**FIELDS, "run": "88"}, None, 100_000, 100, with_twin=True)
    task = create_task(person, given, bulk_rules_from(app_context.config).tasks, now)
    twin = task.waits_for
    twin_id = twin.id

    alone = run(act(BulkKind.DELETE, [twin]))
    both = run(act(BulkKind.DELETE, [twin, task]))

    assert alone == [(twin_id, "left out", "has children")]
    assert {each[1] for each in both} == {"done"}
    assert db.session.scalars(select(Task)).all() == []


def test_an_account_that_was_disabled_does_nothing_more(make_task: Make, act, run, person):
    tasks = [make_task("draft", creator=person) for _each in range(2)]
    action = act(BulkKind.SUBMIT, tasks)
    with write_unit() as session:
        session.execute(update(User).where(User.id == person.id).values(is_disabled=True))

    assert [each[1:] for each in run(action)] == [("not done", "account off")] * 2
    assert db.session.scalar(select(func.count()).select_from(PandaCommand)) == 0


def test_rights_that_were_taken_away_meanwhile_count(
    make_task: Make, make_user, app_context, act, person, now
):
    manager_id = make_user("manager").id
    db.session.commit()  # or the session would not see the new account
    manager = db.session.get_one(User, manager_id)
    task, rules = make_task("draft", creator=person), bulk_rules_from(app_context.config)
    action = propose(manager, BulkKind.SUBMIT, Chosen([task.id]), "/tasks", 10, now)
    start(action.id, manager, {}, now)
    leave_out(action.id, rules, now)
    with write_unit() as session:
        session.execute(update(User).where(User.id == manager.id).values(role="physicist"))

    carry_on(action.id, rules, now)

    assert results(action) == [(task.id, "not done", "gone")]  # a draft that is not theirs to see


def test_however_many_carry_it_on_each_task_is_done_once(app, make_task: Make, act, person, at_once, now):
    tasks = [make_task("draft", creator=person) for _each in range(12)]
    action_id = act(BulkKind.SUBMIT, tasks).id
    rules = bulk_rules_from(app.config)
    db.session.rollback()

    def carry() -> None:
        for _each in range(100):
            carry_on(action_id, rules, now)

    raised = at_once(*[carry] * 4)

    assert raised == [None] * 4
    commands = db.session.scalars(select(PandaCommand.task_id).order_by(PandaCommand.task_id)).all()
    assert commands == [task.id for task in tasks]
    assert {each[1] for each in results(db.session.get_one(BulkAction, action_id))} == {"done"}


def test_of_fifty_clicks_one_confirms(app, make_task: Make, person, at_once, now):
    task = make_task("draft", creator=person)
    action_id = propose(person, BulkKind.SUBMIT, Chosen([task.id]), "/tasks", 10, now).id
    rules, user_id = bulk_rules_from(app.config), person.id
    db.session.rollback()

    def click() -> None:
        user = db.session.get_one(User, user_id)
        start(action_id, user, {}, now)
        while carry_on(action_id, rules, now):
            pass

    raised = at_once(*[click] * 50)

    assert raised == [None] * 50
    assert db.session.scalar(select(func.count()).select_from(PandaCommand)) == 1


def test_whoever_does_not_hold_the_work_does_nothing(app_context, make_task: Make, act, person, now):
    action = act(BulkKind.SUBMIT, [make_task("draft", creator=person)])

    assert carry_on(action.id, bulk_rules_from(app_context.config), now, holder_is(999)) is False

    assert results(action)[0][1] is None


def test_kills_go_first(make_task: Make, act, person):
    edits = act(BulkKind.EDIT, [make_task("draft", creator=person)], edit(version="2"))
    kills = act(BulkKind.KILL, [make_task(creator=person, panda_status="running")], {"comment": "x"})

    assert next_action() == kills.id
    assert edits.id < kills.id


def test_what_was_chosen_is_kept_as_it_was_shown_and_drafts_of_others_are_not(
    app_context, make_task: Make, person, now
):
    mine, others = make_task("draft", creator=person), make_task("draft")

    action = propose(person, BulkKind.SUBMIT, Chosen([mine.id, others.id]), "/tasks", 10, now)

    assert [each[0] for each in results(action)] == [mine.id]
    with pytest.raises(NotFound):
        bulk.get_action(action.id, db.session.get_one(User, others.creator_id))


def test_actions_that_nobody_confirmed_and_old_ones_are_forgotten(make_task: Make, act, run, person, now):
    old, fresh = (act(BulkKind.SUBMIT, [make_task("draft", creator=person)]) for _each in range(2))
    run(old)
    proposed = propose(person, BulkKind.SUBMIT, Chosen([make_task("draft", creator=person).id]), "/", 10, now)
    ended = db.session.get_one(BulkAction, old.id).ended_at

    bulk.forget_old_actions(proposed.created_at, ended)
    kept_all = db.session.scalar(select(func.count()).select_from(BulkAction))
    later = ended.replace(year=ended.year + 1)
    bulk.forget_old_actions(later, later)

    assert kept_all == 3
    assert [action.id for action in db.session.scalars(select(BulkAction))] == [fresh.id]
    assert db.session.scalar(select(func.count()).select_from(BulkItem)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_verdict_is_read_as_it_was_stored(app_context):
    problems = (
        Problem("energy", "not_in_vocabulary", {"allowed": ("a", "b")}),
        Problem("name", "name_taken"),
    )

    for verdict in (
        Verdict(Why.CHANGED),
        Verdict(Why.NOT_IN_STATE, "done"),
        Verdict(Why.PROBLEMS, "", problems),
    ):
        columns = stored(verdict)
        assert read(columns["why"], columns["details"]) == verdict


def test_a_task_is_left_out_whose_chosen_test_was_changed(app_context, act, run, person, now):
    given = TaskInput({**FIELDS, "run": "88"}, None, 100_000, 100, with_twin=True)
    rules = bulk_rules_from(app_context.config)
    task = create_task(person, given, rules.tasks, now)
    task_id, twin_id = task.id, task.waits_for_id
    action = propose(person, BulkKind.DELETE, Chosen([task_id, twin_id]), "/tasks", 10, now)
    with write_unit() as session:
        session.execute(update(Task).where(Task.id == twin_id).values(version=Task.version + 1))
    start(action.id, person, {}, now)

    assert sorted(run(action)) == [(task_id, "left out", "test changed"), (twin_id, "left out", "changed")]
    assert len(db.session.scalars(select(Task)).all()) == 2


def test_a_task_and_its_test_are_submitted_together(app_context, act, run, person, now):
    given = TaskInput({**FIELDS, "run": "88"}, None, 100_000, 100, with_twin=True)
    task = create_task(person, given, bulk_rules_from(app_context.config).tasks, now)

    assert {each[1] for each in run(act(BulkKind.SUBMIT, [task, task.waits_for]))} == {"done"}
    assert set(db.session.scalars(select(Task.state))) == {"queued"}


def test_actions_take_turns(make_task: Make, act, person):
    first, second = (
        act(BulkKind.EDIT, [make_task("draft", creator=person)], edit(version="2")) for _each in "12"
    )

    assert next_action() == first.id
    assert next_action(first.id) == second.id
    assert next_action(second.id) == first.id


def test_an_action_that_ended_is_not_confirmed_once_more(make_task: Make, act, run, person, now):
    action = act(BulkKind.SUBMIT, [make_task("draft", creator=person)])
    run(action)

    start(action.id, person, {"comment": "another"}, now)

    db.session.refresh(action)
    assert (action.state, action.wish) == ("done", "{}")


def test_a_task_that_has_its_result_has_no_other_turn(app_context, make_task: Make, act, person, now):
    """Two that carry an action on may have chosen the same task."""
    task = make_task("draft", creator=person)
    action = act(BulkKind.SUBMIT, [task])
    item_id = bulk_run.next_item(action.id)
    with write_unit() as session:
        session.execute(update(BulkItem).values(result="not done", why="failed"))

    assert bulk_run._do(item_id, bulk_rules_from(app_context.config), now, None) is False

    assert results(action) == [(task.id, "not done", "failed")]
    assert db.session.get_one(Task, task.id).state == "draft"
