"""Actions on many tasks: what is touched, what is left, and that each task is done once and whole."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from app.domain.bulk import BulkKind, BulkResult, Why
from app.domain.bulk_edit import Edit, check_edit, editable_fields
from app.domain.labels import Labels
from app.domain.problem import Problem
from app.extensions import db, write_unit
from app.models import BulkAction, BulkItem, PandaCommand, Task, TaskChange, TaskTransition, User
from app.services import bulk, bulk_run
from app.services.bulk import Chosen, leave_out, propose, start
from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on, next_action
from app.services.bulk_verdict import Verdict, read, stored
from app.services.labels import change_labels
from app.services.problems import NotFound
from app.services.task_input import TaskInput
from app.services.tasks import create_task
from app.services.transitions import holder_is
from tests.build_task import FIELDS

Make = Callable[..., Task]


@pytest.fixture
def person(app_context: Flask, make_user: Callable[..., User]) -> User:
    return db.session.get_one(User, make_user("physicist").id)


@pytest.fixture
def act(app_context: Flask, person: User, now: datetime) -> Callable[..., BulkAction]:
    """act(kind, tasks, wish={}) → an action that is confirmed; nothing is done yet."""

    def confirm(kind: BulkKind, tasks: list[Task], wish: dict[str, Any] | None = None) -> BulkAction:
        rules = bulk_rules_from(app_context.config)
        action = propose(person, kind, Chosen([task.id for task in tasks]), "/tasks", 1000, now)
        start(action.id, person, wish or {}, now)
        leave_out(action.id, rules, now)
        return action

    return confirm


@pytest.fixture
def run(
    app_context: Flask, now: datetime
) -> Callable[[BulkAction], list[tuple[int, str | None, str | None]]]:
    """run(action) → (task, result, why) of each, in the order they were done."""

    def carry(action: BulkAction) -> list[tuple[int, str | None, str | None]]:
        rules = bulk_rules_from(app_context.config)
        while carry_on(action.id, rules, now):
            pass
        return results(action)

    return carry


def results(action: BulkAction) -> list[tuple[int, str | None, str | None]]:
    db.session.expire_all()
    items = db.session.scalars(select(BulkItem).where(BulkItem.action_id == action.id).order_by(BulkItem.id))
    return [(item.task_id, item.result, item.why) for item in items]


def fields_of(task: Task) -> dict[str, Any]:
    db.session.expire_all()
    now_is = db.session.get_one(Task, task.id)
    named = {each.field: each.value for each in now_is.fields}
    tags = sorted(each.tag for each in now_is.tags)
    return named | {"events": now_is.events, "jobs": now_is.jobs, "campaign": now_is.campaign, "tags": tags}


def edit(**values: str) -> dict[str, Any]:
    return {"values": values}


def test_only_the_chosen_fields_are_touched_and_the_history_says_by_whom(
    app_context, make_task: Make, act, run, person, now
):
    tasks = [make_task("draft", creator=person, events=1000 * each, jobs=each) for each in (1, 2)]
    rules = bulk_rules_from(app_context.config).tasks.labels
    change_labels(tasks[0].id, person, tasks[0].version, Labels(("kept", "old")), rules, now)
    before = [fields_of(task) for task in tasks]

    done = run(
        act(
            BulkKind.EDIT, tasks, edit(version="7", campaign="2026-spring", add_tags="new", remove_tags="old")
        )
    )

    assert done == [(task.id, "done", None) for task in tasks]
    changed = {"version": "7", "campaign": "2026-spring"}
    assert fields_of(tasks[0]) == before[0] | changed | {"tags": ["kept", "new"]}
    assert fields_of(tasks[1]) == before[1] | changed | {"tags": ["new"]}
    noted = db.session.scalars(select(TaskChange).where(TaskChange.task_id == tasks[1].id))
    assert {(each.field, each.old, each.new, each.user_id) for each in noted} == {
        ("version", "1", "7", person.id),
        ("campaign", None, "2026-spring", person.id),
        ("tags", None, "new", person.id),
    }


def test_labels_are_changed_whatever_the_state_and_fields_only_until_it_is_sent(
    make_task: Make, act, run, person
):
    draft, running = make_task("draft", creator=person), make_task(creator=person, panda_status="running")

    labels = run(act(BulkKind.EDIT, [draft, running], edit(campaign="2026-spring")))
    fields = act(
        BulkKind.EDIT, [db.session.get_one(Task, each.id) for each in (draft, running)], edit(version="2")
    )

    assert [result for _task, result, _why in labels] == ["done", "done"]
    assert run(fields) == [(draft.id, "done", None), (running.id, "left out", "not in state")]


def test_nothing_is_done_to_a_task_that_has_the_values_already(make_task: Make, act, run, person):
    task = make_task("draft", creator=person)

    assert run(act(BulkKind.EDIT, [task], edit(version="1", events="1000000"))) == [
        (task.id, "left out", "nothing new")
    ]
    assert fields_of(task)["version"] == "1"


def test_two_tasks_that_would_get_one_name_are_told_before(make_task: Make, act, run, person):
    first = make_task("draft", creator=person, run="70", version="1")
    second = make_task("draft", creator=person, run="70", version="2")

    done = run(act(BulkKind.EDIT, [first, second], edit(version="9")))

    assert done == [(first.id, "done", None), (second.id, "left out", "problems")]


def test_a_name_that_is_taken_while_it_goes_on_is_refused_and_nothing_of_that_task_changes(
    make_task: Make, act, run, person
):
    task = make_task("draft", creator=person, run="71")
    action = act(BulkKind.EDIT, [task], edit(version="9", campaign="2026-spring"))
    make_task("draft", creator=person, run="71", version="9")

    assert run(action) == [(task.id, "not done", "problems")]
    assert (fields_of(task)["version"], fields_of(task)["campaign"]) == ("1", None)


def test_an_odd_value_is_left_out_unless_it_is_meant_so(make_task: Make, act, run, person):
    tasks = [make_task("draft", creator=person) for _each in range(2)]
    odd = {"energy": "28"}  # beyond what the beams reach

    asked = run(act(BulkKind.EDIT, [tasks[0]], {"values": odd}))
    meant = run(act(BulkKind.EDIT, [tasks[1]], {"values": odd, "takes_warnings": True}))

    assert (asked[0][1:], meant[0][1:]) == (("left out", "problems"), ("done", None))


def test_what_is_queued_stays_fit_to_be_sent(app_context, make_task: Make, act, run, person, monkeypatch):
    without = {name: recipe for name, recipe in app_context.config["RECIPE_BOOK"].items() if name != "AOD"}
    monkeypatch.setitem(app_context.config, "RECIPE_BOOK", without)
    task = make_task("queued", creator=person, data_type="SIMULATION")

    ((_task, result, why),) = run(
        act(BulkKind.EDIT, [task], {"values": {"data_type": "AOD"}, "takes_warnings": True})
    )

    assert (result, why) == ("not done", "problems")
    assert fields_of(task)["data_type"] == "SIMULATION"


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


def test_it_is_asked_about_a_sample_that_exists_unless_it_is_meant_so(make_task: Make, act, run, person):
    make_task(creator=person, panda_status="running", run="91")
    asked, meant = (make_task("draft", creator=person, version=str(each)) for each in (2, 3))

    left = act(BulkKind.EDIT, [asked], edit(run="91"))
    done = act(BulkKind.EDIT, [meant], {"values": {"run": "91"}, "takes_warnings": True})

    assert run(left) == [(asked.id, "left out", "problems")]
    assert db.session.scalar(select(BulkItem.details)).count("sample_exists") == 1
    assert run(done) == [(meant.id, "done", None)]


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


@pytest.mark.parametrize("kind", [BulkKind.SUBMIT, BulkKind.EDIT])
def test_an_error_after_any_statement_leaves_the_task_and_its_result_alone(
    app_context: Flask, make_task: Make, act, person, kind, now
):
    """Walk the statements: fail after the first, the second, … until it goes through."""
    task, rules = make_task("draft", creator=person), bulk_rules_from(app_context.config)
    action = act(kind, [task], edit(version="5", campaign="2026-spring", add_tags="a"))
    transitions = select(func.count()).select_from(TaskTransition)
    before, history = fields_of(task), db.session.scalar(transitions)

    for number in range(1, 60):
        written = 0

        def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            nonlocal written
            written += statement.startswith(("INSERT", "UPDATE", "DELETE"))
            if written == number:  # noqa: B023  (removed below, before it changes)
                message = "the database went away"
                raise ConnectionError(message)

        event.listen(db.engine, "after_cursor_execute", fail)
        try:
            carry_on(action.id, rules, now)
        except Exception:
            db.session.rollback()
        finally:
            event.remove(db.engine, "after_cursor_execute", fail)
        if results(action)[0][1] == BulkResult.DONE.value:
            break
        assert (fields_of(task), db.session.scalar(transitions)) == (before, history), number
        with write_unit() as session:  # as it was
            session.execute(update(BulkItem).values(result=None, why=None, details=None))
            session.execute(update(BulkAction).values(state="running"))

    assert number > 4
    assert results(action) == [(task.id, "done", None)]


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
@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, ["edit"]),
        ({"version": ""}, ["version"]),
        ({"campaign": "", "request": "", "collision": ""}, []),
        ({"events": "many"}, ["events"]),
        ({"jobs": ""}, ["jobs"]),
        ({"energy": "-1"}, ["energy"]),
        ({"collision": "xx"}, ["collision"]),
        ({"campaign": "Two words!"}, ["campaign"]),
        ({"add_tags": "GOOD wrong_one"}, ["add_tags"]),
        ({"remove_tags": "anything at all"}, []),
        ({"description": "a b"}, ["description"]),
    ],
)
def test_what_is_wrong_whatever_the_task_is_told_at_its_field(app_context, values, wrong, now):
    rules = bulk_rules_from(app_context.config).tasks

    found = check_edit(Edit(values), rules.convention, rules.labels, rules.context(None, now))

    assert [problem.field for problem in found] == wrong
    assert set(values) <= set(editable_fields(rules.convention))


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
