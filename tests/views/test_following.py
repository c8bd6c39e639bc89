"""From a task to what reads its output: the button, the planner filled in, and copies of later steps."""

import re

import pytest
from sqlalchemy import select

from app.models import Task
from tests.build_chain import build_chain
from tests.views.reading import read

STEPS = "EVGEN-SIMULATION-RECO-AOD"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def link_of(browser, task: Task, words: str) -> str | None:
    """Return where a button of the task's page leads, or None where it is not there."""
    links = read(browser.get(f"/tasks/{task.id}")).all("a")
    return next((link.attributes["href"] for link in links if link.text.strip() == words), None)


def form_of(page) -> dict[str, list[str]]:
    """Return what the planner would send as it stands."""
    sent: dict[str, list[str]] = {}
    for field in page.all("input"):
        if field.attributes.get("type") != "checkbox" or "checked" in field.attributes:
            sent.setdefault(field.attributes.get("name", ""), []).append(field.attributes.get("value", ""))
    return {name: texts for name, texts in sent.items() if name} | {"steps": ["RECO-AOD"]}


def test_the_next_steps_are_a_click_and_a_button_away(browser, make_task, ask):
    task = make_task("submitted", creator=browser.user, panda_status="done", version="3")

    page = read(browser.get(link_of(browser, task, "Add the next step")))

    assert task.name in re.sub(r"\s", "", page.one(id="following").text)
    ways = [option.attributes["value"] for option in page.one(id="field-steps").all("option")]
    assert ways == ["RECO", "RECO-AOD"]
    answer = browser.post("/chains/new", data=form_of(page) | {"action": "submit"})
    assert answer.headers["Location"] == f"/chains/{task.id}"
    made = ask(select(Task).where(Task.id != task.id).order_by(Task.id))
    assert [(each.recipe, each.parent_id, each.state) for each in made] == [
        ("RECO", task.id, "queued"),
        ("AOD", made[0].id, "queued"),
    ]
    assert [each.name.rpartition(".")[2] for each in made] == ["3", "3"], "the version of what they read"


@on_sqlite
def test_a_second_next_step_gets_the_next_free_version(browser, make_task, ask):
    task = make_task("submitted", creator=browser.user, panda_status="done", version="1")
    for number in (1, 2):
        page = read(browser.get(link_of(browser, task, "Add the next step")))
        meant = {"confirmed": ["name:sample_exists:"]} if number == 2 else {}
        sent = form_of(page) | meant | {"steps": ["RECO"], "action": "draft"}
        assert browser.post("/chains/new", data=sent).status_code == 303

    made = ask(select(Task.name).where(Task.parent_id == task.id).order_by(Task.id))
    assert [name.rpartition(".")[2] for name in made] == ["1", "2"]


@on_sqlite
@pytest.mark.parametrize(
    ("wanted", "is_there"),
    [
        ({"panda_status": "running"}, True),
        ({"panda_status": "failed"}, False),
        ({"panda_status": "done", "data_type": "AOD"}, False),
    ],
)
def test_the_button_is_there_where_something_can_follow(browser, make_task, wanted, is_there):
    task = make_task("submitted", creator=browser.user, **wanted)

    assert (link_of(browser, task, "Add the next step") is not None) is is_there


@on_sqlite
@pytest.mark.parametrize(("who", "is_there"), [("physicist", False), ("viewer", False), ("manager", True)])
def test_who_may_not_change_the_task_has_no_button(sign_in, make_task, who, is_there):
    task = make_task("submitted", panda_status="done")

    assert (link_of(sign_in(who), task, "Add the next step") is not None) is is_there


@on_sqlite
def test_a_copy_of_a_later_step_reads_the_same(app, browser, make_task, ask, now):
    with app.app_context():
        chain = [task.id for task in build_chain(browser.user, now)]
    [reco] = ask(select(Task).where(Task.id == chain[2]))

    page = read(browser.get(link_of(browser, reco, "Copy task")))

    assert [link.attributes["href"] for link in page.one(id="following").all("a")] == [f"/tasks/{chain[1]}"]
    sent = form_of(page) | {"steps": ["RECO"], "action": "draft", "confirmed": ["name:sample_exists:"]}
    assert browser.post("/chains/new", data=sent).status_code == 303
    [made] = ask(select(Task).where(Task.id.not_in(chain)))
    assert (made.parent_id, made.chain_id, made.cloned_from_id) == (chain[1], chain[0], reco.id)


@on_sqlite
@pytest.mark.parametrize("after", ["999999", "x", "-1", "1e3", "9" * 40, "<b>"])
def test_what_is_no_task_is_told_and_makes_nothing(browser, make_task, ask, after):
    task = make_task("draft", creator=browser.user)
    page = read(browser.get(link_of(browser, task, "Add the next step")))

    answer = browser.post("/chains/new", data=form_of(page) | {"after": [after], "action": "submit"})

    assert answer.status_code == 422
    assert "which these tasks were to follow, is not there" in answer.text
    assert "<b>" not in answer.text
    assert len(ask(select(Task))) == 1


@on_sqlite
def test_the_hidden_draft_of_somebody_else_is_as_good_as_none(browser, make_task, ask):
    mine, hidden = make_task("draft", creator=browser.user), make_task("draft")
    page = read(browser.get(link_of(browser, mine, "Add the next step")))

    answer = browser.post("/chains/new", data=form_of(page) | {"after": [str(hidden.id)], "action": "draft"})

    assert answer.status_code == 422
    assert hidden.name not in answer.text


@on_sqlite
def test_a_branch_names_the_step_that_it_reads(app, browser, ask, now):
    """It is shown after the last step, which is not the one before it."""
    with app.app_context():
        chain = [task.id for task in build_chain(browser.user, now)]
    [simulation] = ask(select(Task).where(Task.id == chain[1]))
    meant = {"steps": ["RECO"], "action": "submit", "confirmed": ["name:sample_exists:"]}
    for _ in range(2):
        page = read(browser.get(link_of(browser, simulation, "Add the next step")))
        answer = browser.post("/chains/new", data=form_of(page) | meant)

    board = read(browser.get(answer.headers["Location"]))

    branches = ask(select(Task.id).where(Task.id.not_in(chain)).order_by(Task.id))
    for branch in branches:
        words = " ".join(board.one(id=f"waits-{branch}").text.split())
        assert f"The step before it is SIMULATION (task {chain[1]})" in words
    assert "The step before it is" not in board.one(id=f"waits-{chain[2]}").text
    parts = [span.attributes for span in board.one(id=f"step-{branches[1]}").all("span")]
    new = {part["data-part"] for part in parts if "name-part-new" in part.get("class", "")}
    assert new == {"data_type", "version"}, "against what it reads, and not against the branch before it"
    copy = next(link.attributes["href"] for link in board.all("a") if link.text.strip() == "Copy the chain")
    assert "steps=EVGEN-SIMULATION-RECO-AOD&" in copy, "the first branch"
    answer = browser.post("/chains/new", data=form_of(read(browser.get(copy))) | meant | {"steps": [STEPS]})
    assert answer.status_code == 303
    copied = ask(select(Task.cloned_from_id).where(Task.id.not_in([*chain, *branches])).order_by(Task.id))
    assert copied == chain
