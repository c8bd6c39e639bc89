"""Orders on the page of a task: offered where they make sense, given once, told to their end."""

import pytest
from sqlalchemy import select, update

from app.domain.command import ORDERS
from app.models import PandaCommand, Task
from tests.views.reading import read

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
REASON = {"comment": "wrong input"}
ARGUMENTS = {"finish": {"argument": "soft"}, "priority": {"argument": "950"}}


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def running(browser, make_task):
    return make_task(creator=browser.user, panda_status="running")


def give(browser, task, kind, **typed):
    sent = {"version": str(task.version)} | REASON | ARGUMENTS.get(kind, {}) | typed
    return browser.post(f"/tasks/{task.id}/command/{kind}", data=sent)


def offered(browser, task):
    page = read(browser.get(f"/tasks/{task.id}"))
    actions = [form.attributes["action"] for form in page.one(id="task-status").all("form")]
    prefix = f"/tasks/{task.id}/command/"
    return [action.removeprefix(prefix) for action in actions if prefix in action]


OFFERED = {
    "running": ["pause", "finish", "priority", "kill"],
    "paused": ["resume", "finish", "priority", "kill"],
    "finishing": ["priority", "kill"],
    "exhausted": ["pause", "retry", "finish", "priority", "kill"],
    "failed": ["retry"],
    "finished": ["retry"],
    "done": [],
    "aborted": [],
    "aborting": [],
}  # fmt: skip


@on_sqlite
def test_what_makes_sense_in_a_status_is_offered(browser, make_task):
    tasks = {status: make_task(creator=browser.user, panda_status=status) for status in OFFERED}
    fresh = make_task("submitted", creator=browser.user)

    assert {status: offered(browser, task) for status, task in tasks.items()} == OFFERED
    assert offered(browser, fresh) == ["kill"]


@on_sqlite
@pytest.mark.parametrize("state", ["draft", "queued", "sending", "unknown", "held", "withdrawn", "rejected"])
def test_before_panda_has_it_nothing_is_offered_or_done(browser, make_task, ask, state):
    task = make_task(state, creator=browser.user)
    before = len(ask(select(PandaCommand)))

    for kind in ORDERS:
        assert give(browser, task, kind.value).status_code == 303

    assert offered(browser, task) == []
    assert len(ask(select(PandaCommand))) == before


@on_sqlite
@pytest.mark.parametrize(("role", "count"), [("viewer", 0), ("physicist", 0), ("manager", 4), ("admin", 4)])
def test_who_can_submit_can_stop_and_nobody_else(sign_in, running, role, count):
    other = sign_in(role)

    shown = len(offered(other, running))
    answer = give(other, running, "kill")

    assert (shown, answer.status_code) == (count, 303 if count else 403)


@pytest.mark.parametrize("kind", ["pause", "finish", "priority", "kill"])
def test_an_order_waits_to_be_sent_and_is_told_on_the_page(browser, running, ask, kind):
    answer = give(browser, running, kind)

    order = ask(select(PandaCommand).where(PandaCommand.kind == kind))[0]
    page = read(browser.get(answer.location))
    told = page.one(id="task-orders").text
    assert answer.status_code == 303
    assert (order.state, order.comment, order.requested_by_id) == ("ready", "wrong input", browser.user.id)
    assert order.argument == ARGUMENTS.get(kind, {}).get("argument")
    assert "waits to be sent to PanDA" in told
    assert "wrong input" in told
    assert browser.user.full_name in told
    assert "hx-get" in page.one(id="task-status").attributes


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_beside_an_open_order_only_a_kill_is_offered(browser, running, make_task):
    give(browser, running, "pause")
    with_a_kill = make_task(creator=browser.user, panda_status="running")
    give(browser, with_a_kill, "kill")

    assert offered(browser, running) == ["kill"]
    assert offered(browser, with_a_kill) == []


def test_two_clicks_give_one_order(browser, running, ask):
    answers = [give(browser, running, "pause") for _ in "12"]

    said = read(browser.get(answers[1].location)).one(id="messages").text
    assert len(ask(select(PandaCommand).where(PandaCommand.kind == "pause"))) == 1
    assert "another order on this task is not finished yet" in said


def test_a_kill_takes_the_place_of_another_order(browser, running, ask):
    give(browser, running, "pause")
    version = ask(select(Task))[0].version

    give(browser, running, "kill", version=str(version))

    orders = ask(select(PandaCommand).where(PandaCommand.kind != "submit").order_by(PandaCommand.id))
    assert [(order.kind, order.state) for order in orders] == [("pause", "replaced"), ("kill", "ready")]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_order_on_an_old_page_does_nothing(browser, running, ask):
    for version in ("0", "", "99", "x", "٣"):
        answer = give(browser, running, "kill", version=version)

        assert "The task was changed meanwhile." in read(browser.get(answer.location)).one(id="messages").text
    assert ask(select(PandaCommand).where(PandaCommand.kind == "kill")) == []


REFUSED = [
    ("kill", {"comment": " "}, "This must be filled in.", ""),
    ("kill", {"comment": "x" * 1001}, "Too long", "x" * 1001),
    ("priority", {"argument": "high", "comment": "<b>"}, "is not a whole number", "<b>"),
    ("priority", {"argument": "5000"}, "At most 1000.", "wrong input"),
    ("finish", {"argument": "slowly"}, "This is not in the list", "wrong input"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("kind", "typed", "said", "kept"), REFUSED)
def test_what_is_wrong_is_said_and_what_was_typed_stays(browser, running, ask, kind, typed, said, kept):
    answer = give(browser, running, kind, **typed)

    page = read(answer)
    assert answer.status_code == 422
    assert said in page.one("form", class_="order-form").text
    assert page.one("textarea").text == kept
    assert page.one("form", class_="order-form").value("version") == str(running.version)
    assert ask(select(PandaCommand).where(PandaCommand.kind == kind)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("kind", ["submit", "release", "KILL", "x"])
def test_there_is_no_other_order(browser, running, kind):
    assert give(browser, running, kind).status_code == 404


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_order_is_given_by_post_alone(browser, running):
    assert browser.get(f"/tasks/{running.id}/command/kill").status_code == 405


def test_an_order_is_taken_back_until_it_is_sent(browser, running, ask, alter):
    give(browser, running, "pause")
    order = ask(select(PandaCommand).where(PandaCommand.kind == "pause"))[0]
    browser.post(f"/tasks/{running.id}/take-back", data={"command": str(order.id)})
    taken_back = ask(select(PandaCommand).where(PandaCommand.kind == "pause"))[0].state
    alter(update(PandaCommand).where(PandaCommand.id == order.id).values(state="asked", asks=1))

    answer = browser.post(f"/tasks/{running.id}/take-back", data={"command": str(order.id)})

    assert taken_back == "withdrawn"
    assert "It was sent already" in read(browser.get(answer.location)).one(id="messages").text
    assert ask(select(PandaCommand).where(PandaCommand.kind == "pause"))[0].state == "asked"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_submission_or_a_foreign_order_is_not_taken_back(browser, running, make_task, ask):
    queued = make_task("queued", creator=browser.user)
    give(browser, running, "pause")
    submission, order = (
        ask(select(PandaCommand.id).where(PandaCommand.kind == kind, PandaCommand.state == "ready"))[0]
        for kind in ("submit", "pause")
    )

    for task, command in ((queued, submission), (queued, order)):
        browser.post(f"/tasks/{task.id}/take-back", data={"command": str(command)})

    both = ask(select(PandaCommand).where(PandaCommand.id.in_([submission, order])))
    assert [each.state for each in both] == ["ready", "ready"]


ENDINGS = [
    ({"state": "asked", "asks": 1}, "PanDA was asked; the task has not shown it yet"),
    ({"state": "asked", "asks": 3}, "PanDA was asked 3 times"),
    ({"state": "asked", "asks": 1, "waits_for": "gone"}, "PanDA's answer was lost"),
    ({"state": "seen"}, "carried out"),
    (
        {"state": "unseen", "waits_for": "PanDA took the order, but nothing happened in 30 minutes"},
        "not carried out PanDA took the order, but nothing happened in 30 minutes.",
    ),
    ({"state": "unseen", "waits_for": "the task has moved on: done"}, "it is “done”"),
    ({"state": "rejected", "waits_for": "Command rejected: the pause"}, "refused by PanDA"),
    (
        {"state": "ready", "waits_for": "PanDA does not know the task yet"},
        "does not know the task yet.",
    ),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("row", "said"), ENDINGS)
def test_the_page_says_how_far_an_order_is_and_why(browser, running, alter, now, row, said):
    give(browser, running, "pause", comment="")
    decided = None if row["state"] in {"asked", "ready"} else now
    alter(update(PandaCommand).where(PandaCommand.kind == "pause").values(decided_at=decided, **row))

    page = read(browser.get(f"/tasks/{running.id}"))

    told = page.one(id="task-orders").text
    assert said.split(" PanDA took")[0] in told
    assert said.rpartition("carried out ")[2] in told
    assert ("pause" in offered(browser, running)) == (decided is not None), "the button is back"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_poll_tells_what_became_of_an_order(browser, running, alter, now):
    give(browser, running, "pause")
    follow = read(browser.get(f"/tasks/{running.id}")).one(id="task-status").attributes["hx-get"]
    unchanged = browser.get(follow).status_code
    alter(update(PandaCommand).where(PandaCommand.kind == "pause").values(state="seen", decided_at=now))

    answer = browser.get(follow)

    assert (unchanged, answer.status_code) == (204, 200)
    assert "carried out" in read(answer).one(id="task-orders").text


def test_a_task_is_read_again_when_somebody_wants_it_once(sign_in, running, ask, alter):
    viewer = sign_in("viewer")

    answers = [viewer.post(f"/tasks/{running.id}/refresh") for _ in "12"]
    first = ask(select(Task.refresh_due_at))
    viewer.post(f"/tasks/{running.id}/refresh")

    assert [answer.status_code for answer in answers] == [303, 303]
    assert first[0] is not None
    assert ask(select(Task.refresh_due_at)) == first


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_task_that_waits_for_its_parent_says_so(browser, make_task, alter):
    parent, child = make_task(panda_status="running"), make_task("queued", creator=browser.user)
    alter(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    waiting = read(browser.get(f"/tasks/{child.id}")).one(id="task-state").text
    alter(update(Task).where(Task.id == parent.id).values(panda_status="done"))

    assert "It waits until its parent task is done" in waiting
    assert "It waits" not in read(browser.get(f"/tasks/{child.id}")).one(id="task-state").text


@pytest.mark.own_app
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_order_needs_the_token_of_the_form(app, browser, running, ask):
    app.config["WTF_CSRF_ENABLED"] = True

    assert give(browser, running, "kill").status_code == 400
    assert ask(select(PandaCommand).where(PandaCommand.kind == "kill")) == []
