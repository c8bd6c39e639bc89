"""Labels of tasks: changed in any state, by owner and managers, and by one of two at a time."""

from functools import partial

import pytest
from sqlalchemy import select

from app.domain.labels import Labels
from app.extensions import db
from app.models import Task, TaskTag, User
from app.services import labels, tasks
from app.services.labels import change_labels, labels_of
from app.services.parameters import ParameterBuilder
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.services.rules import rules_from
from app.services.tasks import TaskInput
from tests.build_task import FIELDS

SOME = Labels(("mc", "urgent"), "2026-spring", "SPDPROD-123")
NONE = Labels()
ROUNDS = 4
STATES = ("draft", "queued", "sending", "submitted", "unknown", "held", "withdrawn", "rejected", "given-up")


@pytest.fixture
def rules(app):
    return rules_from(app.config)


@pytest.fixture
def owner(app, make_user):
    user_id = make_user("physicist").id
    return lambda: db.session.get_one(User, user_id)


def found(task):
    db.session.rollback()
    return db.session.get_one(Task, task.id)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_labels_change_in_any_state_and_nothing_else_does(owner, rules, make_task, app_context, now, state):
    task = found(make_task(state, creator=owner()))
    known = (task.state, task.name, task.version, task.state_as_of)

    change_labels(task.id, owner(), NONE, SOME, rules.labels, now)

    task = found(task)
    assert labels_of(task) == SOME
    assert (task.state, task.name, task.version - 1, task.state_as_of) == known
    assert task.updated_at == now


def test_labels_are_given_at_creation_and_taken_away_again(owner, rules, app_context, now):
    task = tasks.create_task(owner(), TaskInput(FIELDS, None, 1000, 10, labels=SOME), rules, now)
    given = labels_of(task)

    change_labels(task.id, owner(), SOME, Labels(("mc",)), rules.labels, now)

    assert (given, labels_of(found(task))) == (SOME, Labels(("mc",)))
    assert [row.tag for row in db.session.scalars(select(TaskTag))] == ["mc"]


def test_wrong_labels_make_no_task(owner, rules, app_context, now):
    wrong = TaskInput(FIELDS, None, 1000, 10, labels=Labels(("Wrong!",)))

    with pytest.raises(Invalid):
        tasks.create_task(owner(), wrong, rules, now)

    assert db.session.scalars(select(Task)).all() == []


def test_who_may_not_change_the_task_changes_no_label(owner, rules, make_task, make_user, app_context, now):
    task, draft = make_task("queued", creator=owner()), make_task("draft", creator=owner())
    other, viewer = make_user("physicist"), make_user("viewer")
    db.session.rollback()

    for user, of, refusal in (
        (other, task, NotAllowed),
        (viewer, task, NotAllowed),
        (other, draft, NotFound),
    ):
        with pytest.raises(refusal):
            change_labels(of.id, user, NONE, SOME, rules.labels, now)

    assert labels_of(found(task)) == Labels()


def test_of_those_who_label_a_task_at_once_one_does(at_once, owner, rules, make_task, app, now):
    with app.app_context():
        task = make_task("draft", creator=owner())

    def change(word, seen):
        return labels_of(change_labels(task.id, owner(), seen, Labels((word,)), rules.labels, now))

    done = NONE
    for number in range(ROUNDS):
        words = [f"{who}-{number}" for who in "abcdef"]
        results = at_once(*(partial(change, word, done) for word in words))

        refused = [each for each in results if isinstance(each, ChangedMeanwhile)]
        [done] = [each for each in results if isinstance(each, Labels)]
        assert len(refused) == len(words) - 1
        with app.app_context():
            assert labels_of(found(task)) == done


@pytest.mark.parametrize("seen", [NONE, Labels(("mc",), "2026-spring", "SPDPROD-123")])
def test_an_old_page_changes_nothing(owner, rules, make_task, app_context, now, seen):
    task = found(make_task("queued", creator=owner()))
    change_labels(task.id, owner(), NONE, SOME, rules.labels, now)

    with pytest.raises(ChangedMeanwhile):
        change_labels(task.id, owner(), seen, Labels(), rules.labels, now)

    assert labels_of(found(task)) == SOME


def test_a_task_that_is_withdrawn_at_the_same_moment_is_labelled(at_once, owner, rules, make_task, app, now):
    for _ in range(ROUNDS):
        with app.app_context():
            task = make_task("queued", creator=owner())

        results = at_once(
            lambda of=task: labels_of(change_labels(of.id, owner(), NONE, SOME, rules.labels, now)),
            lambda of=task: tasks.withdraw(of.id, owner(), of.version, now).state,
        )

        assert SOME in results
        with app.app_context():
            assert labels_of(found(task)) == SOME
            assert ("withdrawn" in results) is (found(task).state == "withdrawn")


def test_the_same_labels_are_no_change(owner, rules, make_task, app_context, now):
    task = found(make_task("draft", creator=owner()))
    change_labels(task.id, owner(), NONE, SOME, rules.labels, now)

    change_labels(task.id, owner(), SOME, SOME, rules.labels, now)

    assert found(task).version == 2


def test_panda_never_gets_them(owner, rules, make_task, app, app_context, now):
    task = found(make_task("draft", creator=owner()))
    builder = ParameterBuilder(app.config)
    before = builder.preview(task).text

    change_labels(task.id, owner(), NONE, SOME, rules.labels, now)

    assert before is not None
    assert builder.preview(found(task)).text == before


def test_what_is_in_use_is_known(owner, rules, make_task, app_context, now):
    for tags, campaign in ((("b", "c"), "second"), (("a", "c"), "first"), ((), "")):
        task = found(make_task("draft", creator=owner()))
        change_labels(task.id, owner(), NONE, Labels(tags, campaign), rules.labels, now)

    assert labels.tags_in_use() == ["a", "b", "c"]
    assert labels.campaigns_in_use() == ["first", "second"]
    assert labels.tags_most_used(2) == ["a", "c"]
    assert labels.tags_most_used(1) == ["c"]
