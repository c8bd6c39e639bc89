"""What is said of tasks that are there is in Russian."""

import pytest

from tests.russian.reading import assert_russian

# Which words a page has does not depend on the database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

GOOD_NAME = (
    "year=2026&source=MC&energy=27&polarization=UU&description=minbias&run=59&data_type=SIMULATION"
    "&dataset=myDataset.123456.name&version=1&collision=pp"
)
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "state",
    ["draft", "queued", "sending", "submitted", "unknown", "held", "given-up", "rejected", "withdrawn"],
)
def test_the_page_of_a_task_is_in_russian(enter, make_task, state):
    browser = enter("physicist")
    task = make_task(state, creator=browser.user)

    answer = browser.get(f"/tasks/{task.id}")

    assert_russian(answer)


def test_a_list_with_tasks_is_in_russian(enter, make_task):
    browser = enter("manager")
    for status in ("running", "done", "finished", "exhausted"):
        make_task("submitted", panda_status=status, creator=browser.user)

    answer = browser.get("/tasks?sort=-name")

    assert_russian(answer)


def test_the_log_of_calls_is_in_russian(enter, make_task):
    browser = enter("physicist")
    make_task("submitted", creator=browser.user)

    assert_russian(browser.get("/calls"))
    assert_russian(browser.get("/calls/1"))


def test_changing_a_task_is_in_russian(enter, make_task):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)

    assert_russian(browser.get(f"/tasks/{task.id}/edit"))
    assert_russian(browser.get(f"/tasks/{task.id}/edit", query_string="x"))


def test_what_is_remembered_of_a_task_is_in_russian(enter, make_task):
    browser = enter("physicist")
    task, other = (make_task("draft", creator=browser.user) for _ in "12")
    path = f"/tasks/{task.id}"

    wrong = [
        browser.post(f"{path}/labels", data={"tags": "_", "campaign": " _ ", "request": " _ "}),
        browser.post(f"{path}/labels", data={"seen_tags": "old"}),
        browser.post(f"{path}/comments", data={"comment": "@человек" + "x" * 5000}),
    ]
    browser.post(f"{path}/labels", data={"tags": "тег tag", "campaign": "", "request": ""})
    browser.post(f"{path}/labels", data={"tags": "tag", "campaign": "", "request": ""})
    for words in ("первый", "второй"):
        browser.post(f"{path}/comments", data={"comment": words})
    browser.post("/comments/1/delete")

    assert [answer.status_code for answer in wrong] == [422, 409, 422]
    for answer in wrong:
        assert_russian(answer)
    pages = (
        path,
        f"{path}/labels",
        f"{path}/history",
        "/comments/2/edit",
        f"/tasks/compare?a={task.id}&b={other.id}",
    )
    for page in pages:
        assert_russian(browser.get(page))


def test_two_editors_are_told_in_russian(enter, make_task):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)
    fields = GOOD_NAME.replace("version=1", "version=7")
    sent = f"{fields}&events=1000&jobs=10&action=save&task_version={task.version + 1}"

    answer = browser.post(f"/tasks/{task.id}/edit", data=sent, content_type=FORM)

    assert answer.status_code == 409
    assert_russian(answer)


@pytest.mark.parametrize("action", ["submit", "withdraw", "back-to-draft", "delete"])
def test_what_an_action_did_is_told_in_russian(enter, make_task, action):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)

    answer = browser.post(f"/tasks/{task.id}/{action}", data={"version": task.version}, follow_redirects=True)

    assert_russian(answer)


def test_what_a_role_may_not_do_is_told_in_russian(enter):
    answer = enter("viewer").get("/tasks/new")

    assert answer.status_code == 403
    assert_russian(answer)
