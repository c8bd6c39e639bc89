"""Two people, or two clicks, at the same moment: one wins, the other is told, nothing is half done."""

from functools import partial

import pytest
from sqlalchemy import func, select

from app.domain.permission import Role
from app.domain.task_state import TaskState
from app.extensions import db
from app.models import PandaCommand, Task, TaskField, TaskTransition, User
from app.services import delivery, tasks
from app.services.accounts import NewAccount, make_account
from app.services.holding import begin_epoch
from app.services.problems import ChangedMeanwhile, Invalid, NotFound, NotPossibleNow
from app.services.rules import rules_from
from app.services.tasks import TaskInput
from tests.build_chain import make_planner, make_wish
from tests.build_task import FIELDS

REFUSED = (ChangedMeanwhile, NotPossibleNow, NotFound)
TIMES = 3


@pytest.fixture
def rules(app):
    return rules_from(app.config)


@pytest.fixture
def person(app, make_user):
    """person() → the person as each thread must read it: in its own session."""
    user_id = make_user("manager").id
    return lambda: db.session.get_one(User, user_id)


def given(**changes):
    return TaskInput(FIELDS | changes, None, 1000, 10)


@pytest.fixture
def count(app):
    def rows(table):
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(table))

    return rows


def sorted_out(results):
    """Return what was done and what was refused; anything else is a failure."""
    done = [result for result in results if not isinstance(result, Exception)]
    refused = [result for result in results if isinstance(result, (*REFUSED, Invalid))]
    assert len(done) + len(refused) == len(results), results
    return done, refused


def test_of_five_who_create_the_same_name_one_does(at_once, rules, person, count, now):
    results = at_once(*[lambda: tasks.create_task(person(), given(), rules, now).id] * 5)

    done, refused = sorted_out(results)
    assert (len(done), count(Task), count(TaskField), count(TaskTransition)) == (1, 1, 9, 1)
    assert [(problem.code, problem.values["id"]) for each in refused for problem in each.problems] == [
        ("name_taken", done[0])
    ] * 4


def test_of_two_who_change_a_task_one_does(at_once, rules, person, make_task, app, now):
    for _ in range(TIMES):
        task = make_task("draft")

        def change(word, task=task):
            fields = given(run=task.name.split(".")[5], description=word)
            return tasks.change_task(task.id, person(), 1, fields, rules, now).name

        done, refused = sorted_out(at_once(partial(change, "mine"), partial(change, "theirs")))

        assert (len(done), [type(each) for each in refused]) == (1, [ChangedMeanwhile])
        with app.app_context():
            saved = tasks.get_task(task.id, person())
            assert (saved.name, saved.version) == (done[0], 2)
            assert {row.field: row.value for row in saved.fields}["description"] == done[0].split(".")[4]


def test_a_draft_is_submitted_or_deleted_but_not_both(at_once, person, make_task, count, now):
    for number in range(TIMES):
        task = make_task("draft")

        results = at_once(
            lambda task=task: tasks.request_submission(task.id, person(), 1, now).id,
            lambda task=task: tasks.delete_draft(task.id, person(), 1),
        )

        done, refused = sorted_out(results)
        assert (len(done), len(refused)) == (1, 1)
        if isinstance(done[0], int):  # submitted
            assert count(Task) == count(PandaCommand) == 1
            at_once(lambda task=task: tasks.withdraw(task.id, person(), 2, now))
            at_once(lambda task=task: tasks.back_to_draft(task.id, person(), 3, now))
            at_once(lambda task=task: tasks.delete_draft(task.id, person(), 4))
        assert count(Task) == count(PandaCommand) == count(TaskField) == count(TaskTransition) == 0, number


def test_a_submission_clicked_five_times_is_one_command(at_once, person, make_task, count, now):
    task = make_task("draft")

    results = at_once(*[lambda: tasks.request_submission(task.id, person(), 1, now).id] * 5)

    assert len(sorted_out(results)[0]) == 1
    assert count(PandaCommand) == 1


def name_of(task, _command):
    """Stand in for the parameters: the name is enough to tell what was sent."""
    return task.name


@pytest.mark.parametrize("what", ["change", "withdraw"])
def test_what_is_sent_is_what_the_page_shows(at_once, rules, person, make_task, app, now, what):
    """An edit or a withdrawal that races the sender is in the payload, or refused."""
    for _ in range(TIMES):
        task = make_task("queued")
        run = task.name.split(".")[5]
        with app.app_context():
            epoch = begin_epoch("test", now)
            command_id = db.session.scalars(
                select(PandaCommand.id).where(PandaCommand.task_id == task.id)
            ).one()

        def act(task=task, run=run):
            if what == "withdraw":
                return tasks.withdraw(task.id, person(), 2, now).state
            return tasks.change_task(
                task.id, person(), 2, given(run=run, description="changed"), rules, now
            ).name

        def send(command_id=command_id, epoch=epoch):
            return delivery.record_intent(command_id, name_of, frozenset(), epoch, now)

        acted, sent = at_once(act, send)

        with app.app_context():
            saved = db.session.get_one(Task, task.id)
            command = db.session.get_one(PandaCommand, command_id)
            if command.payload is not None:
                assert command.payload == saved.name
                assert saved.state == TaskState.SENDING.value
                assert command.task_version in {saved.version, saved.version - 1}
            if isinstance(acted, Exception):
                assert isinstance(acted, REFUSED)
            else:
                assert acted == (saved.state if what == "withdraw" else saved.name)
                assert what != "withdraw" or (sent is None and command.state == "withdrawn")


@pytest.mark.parametrize("changes", [{}, {"email": "o@example.org"}, {"username": "other"}])
def test_of_two_who_make_the_same_account_one_does(at_once, count, now, changes):
    account = {
        "username": "casper",
        "first_name": "C",
        "last_name": "C",
        "email": "c@example.org",
        "password": "p",
    }
    both = [NewAccount(**account), NewAccount(**account | changes)]

    results = at_once(*(lambda each=each: make_account(each, Role.VIEWER, now).id for each in both))

    done, refused = sorted_out(results)
    assert (len(done), count(User)) == (1, 1)
    taken = {problem.code for problem in refused[0].problems}
    assert taken
    assert taken <= {f"{name}_taken" for name in {"username", "email"} - set(changes)}


def test_of_fifty_clicks_on_a_plan_one_makes_it(at_once, app, person, count, now):
    def click():
        planner, wish = make_planner(), make_wish(["SIMULATION", "RECO"])
        return len(planner.make(wish, None, person(), frozenset(), now, submit=True))

    done, refused = sorted_out(at_once(*[click] * 50))

    assert (done, len(refused)) == ([2], 49)
    assert (count(Task), count(PandaCommand), count(TaskTransition)) == (2, 2, 4)
