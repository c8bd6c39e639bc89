"""Changing a task until it is sent: of two editors one wins, and the other sees both versions."""

import pytest
from sqlalchemy import select, update

from app.models import Task, TaskField
from tests.build_task import FIELDS
from tests.views.reading import read
from tests.views.typing_in import form_of, press, problems_at, summary_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def draft(browser, make_task):
    return make_task("draft", creator=browser.user, run="59")


def path_of(task):
    return f"/tasks/{task.id}/edit"


def test_the_form_shows_the_task_as_it_is(browser, make_task):
    task = make_task(
        "draft", creator=browser.user, run="59", energy="13.5", collision="pp", events=5000, jobs=50
    )

    form = form_of(browser.get(path_of(task)))

    assert {name: form.value(name) for name in FIELDS} == FIELDS | {"energy": "13.5"}
    assert (form.value("collision"), form.value("events"), form.value("jobs")) == ("pp", "5000", "50")
    assert form.value("task_version") == str(task.version)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_form_of_a_child_shows_what_panda_gets_of_a_child(browser, make_task, alter):
    parent = make_task("queued", creator=browser.user, run="59", data_type="EVGEN")
    child = make_task("queued", creator=browser.user, run="59")
    alter(update(Task).where(Task.id == child.id).values(parent_id=parent.id, chain_id=parent.id))

    page = browser.get(path_of(child))
    shown = browser.get("/tasks/new/size/preview", query_string=dict(form_of(page).sent()))

    for answer in (page, shown):
        assert "--step=transport" in answer.text
        assert "--macro=SimuQslPy8.C" not in answer.text


@pytest.mark.parametrize("state", ["draft", "queued"])
def test_a_change_is_saved_and_the_state_stays(browser, make_task, ask, state):
    task = make_task(state, creator=browser.user, run="59")
    page = browser.get(path_of(task))

    changed = {
        "description": "Jpsi_mumu",
        "version": "2",
        "events": "500",
        "jobs": "5",
        "collision": "dd",
        "energy": "10",
    }
    answer = press(browser, page, path_of(task), ("action", "save"), **changed)

    [saved] = ask(select(Task))
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")
    assert saved.name == "2026.MC.10.UU.Jpsi_mumu.59.SIMULATION.myDataset.123456.name.2"
    assert (saved.events, saved.jobs, saved.jobs_total, saved.collision) == (500, 5, 5, "dd")
    assert (saved.state, saved.version) == (state, task.version + 1)
    assert {row.field: row.value for row in ask(select(TaskField))}["description"] == "Jpsi_mumu"
    assert "The changes are saved." in read(browser.get(answer.location)).one(id="messages").text


def test_changing_the_data_type_changes_recipe_and_type(browser, draft, ask):
    page = browser.get(path_of(draft))

    press(browser, page, path_of(draft), ("action", "save"), data_type="RECO", source="Data")

    [saved] = ask(select(Task))
    assert (saved.task_type, saved.recipe) == ("Data", "RECO")


def test_saving_without_a_change_is_no_error(browser, draft, ask):
    answer = press(browser, browser.get(path_of(draft)), path_of(draft), ("action", "save"))

    assert answer.status_code == 303
    assert ask(select(Task))[0].name == draft.name


def test_the_field_version_of_the_name_is_not_the_version_of_the_row(browser, make_task, ask):
    task = make_task("draft", creator=browser.user, run="59", version="7")

    answer = press(browser, browser.get(path_of(task)), path_of(task), ("action", "save"), jobs="100")

    assert answer.status_code == 303
    assert ask(select(Task))[0].jobs == 100


SENT = ["sending", "unknown", "held", "given-up", "submitted", "rejected", "withdrawn"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("state", SENT)
def test_a_task_that_is_sent_or_put_away_is_not_changed(browser, make_task, ask, state):
    task = make_task(state, creator=browser.user, run="59")
    typed = FIELDS | {"events": "7", "jobs": "7", "task_version": str(task.version), "action": "save"}
    attempts = [
        lambda: browser.get(path_of(task)),
        lambda: browser.post(path_of(task), data=typed | {"year": "x"}),
        lambda: browser.post(path_of(task), data=typed),
    ]

    for attempt in attempts:
        answer = attempt()
        assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")
        said = read(browser.get(answer.location)).one(id="messages").text
        assert "It cannot be changed now: the task is “" in said
    assert [(found.jobs, found.version) for found in ask(select(Task))] == [(1000, task.version)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_bad_change_is_refused_with_all_that_was_typed(browser, draft, ask):
    page = browser.get(path_of(draft))

    refused = press(browser, page, path_of(draft), description="two words", events="1e6", jobs="99")

    assert refused.status_code == 422
    assert summary_of(refused).startswith("2 things to put right")
    form = form_of(refused)
    assert (form.value("description"), form.value("events"), form.value("jobs")) == ("two words", "1e6", "99")
    assert ask(select(Task))[0].version == 1

    mended = press(browser, refused, path_of(draft), ("mend", "description:two_words"))
    mended = press(browser, mended, path_of(draft), ("mend", "events:1000000"))
    assert press(browser, mended, path_of(draft), ("action", "save")).status_code == 303
    assert ask(select(Task))[0].events == 1_000_000


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_warning_is_confirmed_here_too(browser, draft):
    refused = press(browser, browser.get(path_of(draft)), path_of(draft), ("action", "save"), energy="1000")
    assert refused.status_code == 422
    assert "reach at most 27 GeV" in problems_at(refused, "energy")

    [tick] = [each.attributes["value"] for each in read(refused).all("input", name="confirmed")]
    assert press(browser, refused, path_of(draft), ("action", "save"), confirmed=tick).status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_warning_that_was_confirmed_is_not_asked_again_until_the_value_changes(browser, make_task, ask):
    task = make_task("draft", creator=browser.user, run="59", energy="1000")
    page = browser.get(path_of(task))
    [tick] = read(page).all("input", name="confirmed")
    assert "checked" in tick.attributes

    kept = press(browser, page, path_of(task), ("action", "save"), description="other")
    page = browser.get(path_of(task))
    preview = dict(form_of(page).sent()) | {"energy": "2000"}
    asked = browser.get("/tasks/new/preview", query_string=preview)
    refused = press(browser, page, path_of(task), ("action", "save"), energy="2000")

    assert (kept.status_code, refused.status_code) == (303, 422)
    assert "reach at most 27 GeV" in summary_of(refused)
    [again] = read(refused).all("input", name="confirmed")
    assert again.attributes == read(asked).one("input", name="confirmed").attributes
    assert "checked" not in again.attributes
    confirmed = press(
        browser, refused, path_of(task), ("action", "save"), confirmed=again.attributes["value"]
    )
    assert confirmed.status_code == 303
    assert ask(select(Task))[0].name.split(".")[2] == "2000"


def test_the_name_of_another_task_is_taken(browser, draft, make_task, ask):
    other = make_task("queued", run="60")

    answer = press(browser, browser.get(path_of(draft)), path_of(draft), ("action", "save"), run="60")

    assert answer.status_code == 422
    assert f"Task {other.id} of {other.creator_name} has this name already." in summary_of(answer)
    assert len({task.name for task in ask(select(Task))}) == 2


def test_a_queued_task_is_not_changed_into_one_that_cannot_be_sent(browser, make_task, ask):
    task = make_task("queued", creator=browser.user, run="59")

    answer = press(
        browser,
        browser.get(path_of(task)),
        path_of(task),
        ("action", "save"),
        source="Data",
        data_type="RECO",
    )

    assert answer.status_code == 422
    assert "reads a dataset, and the task has no parent" in summary_of(answer)
    assert ask(select(Task))[0].recipe == "SIMULATION"


def test_a_manager_changes_a_task_of_another_and_its_creator_stays(sign_in, draft, browser, ask):
    manager = sign_in("manager")

    press(manager, manager.get(path_of(draft)), path_of(draft), ("action", "save"), jobs="99", creator_id="1")

    [task] = ask(select(Task))
    assert (task.jobs, task.creator_id) == (99, browser.user.id)
