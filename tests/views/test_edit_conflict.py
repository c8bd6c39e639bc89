"""Of two editors one wins, and the other sees both versions."""

import pytest
from sqlalchemy import select

from app.models import Task
from tests.views.reading import read
from tests.views.typing_in import press


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def draft(browser, make_task):
    return make_task("draft", creator=browser.user, run="59")


def path_of(task):
    return f"/tasks/{task.id}/edit"


def test_of_two_editors_the_second_sees_both_versions_and_may_save_again(sign_in, browser, draft, ask):
    manager = sign_in("manager")
    mine, theirs = browser.get(path_of(draft)), manager.get(path_of(draft))
    press(manager, theirs, path_of(draft), ("action", "save"), description="theirs", events="2000000")

    refused = press(browser, mine, path_of(draft), ("action", "save"), description="mine", jobs="500")

    assert refused.status_code == 409
    table = {row.one("th").text: [cell.text for cell in row.all("td")] for row in rows_of(refused)}
    assert table == {
        "Description": ["mine", "theirs"],
        "Total events": ["1000000", "2000000"],
        "Total jobs": ["500", "1000"],
    }
    assert ask(select(Task))[0].name.split(".")[4] == "theirs"

    again = read(refused).one("form", action=path_of(draft))
    saved = browser.post(path_of(draft), data=dict(again.sent()))
    assert saved.status_code == 303
    [task] = ask(select(Task))
    assert (task.name.split(".")[4], task.events, task.jobs) == ("mine", 1_000_000, 500)


def rows_of(answer):
    return read(answer).one("tbody").all("tr")


def test_a_third_editor_is_refused_again(sign_in, browser, draft):
    manager, admin = sign_in("manager"), sign_in("admin")
    mine = browser.get(path_of(draft))
    press(manager, manager.get(path_of(draft)), path_of(draft), ("action", "save"), description="first")
    refused = press(browser, mine, path_of(draft), ("action", "save"), description="mine")

    press(admin, admin.get(path_of(draft)), path_of(draft), ("action", "save"), description="second")
    again = browser.post(path_of(draft), data=dict(read(refused).one("form", action=path_of(draft)).sent()))

    assert again.status_code == 409
    assert "second" in read(again).one("tbody").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_another_spelling_of_the_same_is_no_difference(sign_in, browser, draft):
    manager = sign_in("manager")
    mine = browser.get(path_of(draft))
    press(manager, manager.get(path_of(draft)), path_of(draft), ("action", "save"), jobs="2000")

    refused = press(browser, mine, path_of(draft), ("action", "save"), run="0059", energy="27.0")

    assert [row.one("th").text for row in rows_of(refused)] == ["Total jobs"]


def test_a_submission_meanwhile_is_a_change(sign_in, browser, draft, ask):
    page = browser.get(path_of(draft))
    browser.post(f"/tasks/{draft.id}/submit", data={"version": "1"})

    refused = press(browser, page, path_of(draft), ("action", "save"), jobs="100")

    assert refused.status_code == 409
    assert [(task.state, task.jobs) for task in ask(select(Task))] == [("queued", 1000)]


@pytest.mark.parametrize("version", ["", "0", "2", "abc", "-1", "9" * 30, "1.0", "１"])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_the_right_version_nothing_is_saved(browser, draft, ask, version):
    page = browser.get(path_of(draft))

    answer = press(browser, page, path_of(draft), task_version=version, jobs="100")

    expected = 303 if version == "１" else 409
    assert answer.status_code == expected
    assert ask(select(Task))[0].jobs == (100 if expected == 303 else 1000)
