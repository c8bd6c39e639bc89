"""Pages, counts and polls of the list; and what of it is nobody else's to see."""

import pytest
from sqlalchemy import update

from app.models import Task
from tests.databases import counted_statements
from tests.views.conftest import HTMX
from tests.views.reading import read


@pytest.fixture
def settings():
    return {"LIST_PAGE_SIZE": 2, "COUNT_LIMIT": 5}


@pytest.fixture
def browser(sign_in):
    return sign_in("viewer")


@pytest.fixture
def make_tasks(make_user, make_task):
    """make_tasks(count) → ids of that many queued tasks, oldest first."""

    def make(count, state="queued"):
        user = make_user("physicist")
        return [make_task(state, user).id for _ in range(count)]

    return make


def ids(answer):
    rows = read(answer).all("tr")
    return [int(row.attributes["id"].removeprefix("task-")) for row in rows if "id" in row.attributes]


def words(answer, class_):
    return " ".join(each.text for each in read(answer).all(class_=class_))


PAGES = {
    "1": ([4, 3], "Page 1 of 3 Next page"),
    "2": ([2, 1], "Earlier page Page 2 of 3 Next page"),
    "3": ([0], "Earlier page Page 3 of 3"),
    "4": ([0], "Earlier page Page 3 of 3"),
    "9999999": ([0], "Earlier page Page 3 of 3"),
    **dict.fromkeys(["0", "-1", "x", "1.5", "9" * 40, "\u0661", ""], ([4, 3], "Page 1 of 3 Next page")),
}


def test_a_page_shows_its_part_and_one_beyond_the_end_the_last(browser, make_tasks):
    made = make_tasks(5)

    for number, (places, line) in PAGES.items():
        answer = browser.get("/tasks", query_string={"page": number})

        assert ids(answer) == [made[place] for place in places]
        assert words(answer, "list-count") == "5 tasks"
        assert words(answer, "pages") == line


def test_more_than_the_limit_is_not_counted(browser, make_tasks):
    made = make_tasks(7)

    first, third, last = (browser.get(f"/tasks?page={number}") for number in (1, 3, 4))

    assert words(first, "list-count") == "More than 5 tasks"
    assert words(first, "pages") == "Page 1 Next page"
    assert ids(third) == [made[2], made[1]]
    assert words(third, "pages") == "Earlier page Page 3 Next page"
    assert (ids(last), words(last, "pages")) == ([made[0]], "Earlier page Page 4")


def test_beyond_an_end_that_is_not_counted_stands_the_last_page_that_is(browser, make_tasks):
    made = make_tasks(7)

    answer = browser.get("/tasks?page=50")

    assert ids(answer) == [made[2], made[1]]
    assert words(answer, "pages") == "Earlier page Page 3 Next page"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_links_of_pages_keep_filters_and_sort(browser, make_tasks):
    make_tasks(5)

    page = read(browser.get("/tasks?state=queued&sort=name&page=2"))

    links = [link.attributes["href"] for link in page.one("nav", class_="pages").all("a")]
    assert links == ["/tasks?state=queued&sort=name&page=1", "/tasks?state=queued&sort=name&page=3"]


@pytest.mark.parametrize("role", ["viewer", "physicist", "manager", "admin"])
def test_drafts_of_others_are_neither_listed_nor_counted(sign_in, make_tasks, role):
    drafts, queued = make_tasks(2, "draft"), make_tasks(1)
    browser = sign_in(role)
    sees_all = role in {"manager", "admin"}

    answer, drafts_only = browser.get("/tasks?sort=updated"), browser.get("/tasks?state=draft")

    assert ids(answer) == ([*drafts, *queued] if sees_all else queued)[:2]
    assert words(answer, "list-count") == ("3 tasks" if sees_all else "1 task")
    assert words(drafts_only, "list-count") == ("2 tasks" if sees_all else "0 tasks")


def test_everybody_sees_drafts_of_their_own(sign_in, make_task):
    browser = sign_in("physicist")
    own = make_task("draft", browser.user)
    make_task("draft")

    assert ids(browser.get("/tasks")) == [own.id]


def poll_of(answer):
    return read(answer).one(id="task-list").attributes.get("hx-get")


def test_a_poll_that_finds_nothing_changed_answers_nothing(browser, make_tasks):
    make_tasks(3)
    url = poll_of(browser.get("/tasks?sort=name&page=2"))

    answer = browser.get(url, headers=HTMX)

    assert "sort=name&page=2&revision=" in url
    assert (answer.status_code, answer.text) == (204, "")


@pytest.mark.parametrize(
    "change",
    [{"shown_state": "running"}, {"jobs_done": 5}, {"jobs_failed": 1}, {"version": 9}],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_poll_after_a_change_answers_the_piece(browser, make_tasks, alter, change):
    made = make_tasks(1)
    url = poll_of(browser.get("/tasks"))

    alter(update(Task).values(**change))
    answer = browser.get(url, headers=HTMX)

    assert answer.status_code == 200
    assert ids(answer) == made
    assert poll_of(answer) != url


def test_a_poll_after_a_new_task_answers_the_piece(browser, make_tasks):
    make_tasks(1)
    url = poll_of(browser.get("/tasks"))

    [new] = make_tasks(1)
    answer = browser.get(url, headers=HTMX)

    assert (answer.status_code, ids(answer)[0]) == (200, new)


@pytest.mark.parametrize("state", ["draft", "withdrawn", "rejected"])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_list_at_rest_is_not_polled(sign_in, make_task, state):
    make_task(state)

    assert poll_of(sign_in("manager").get("/tasks")) is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_list_takes_as_many_statements_for_many_tasks_as_for_few(app, browser, make_tasks):
    app.config["LIST_PAGE_SIZE"] = 50
    make_tasks(2)
    browser.get("/tasks")
    with counted_statements(app) as few:
        browser.get("/tasks", headers=HTMX)

    make_tasks(10)
    with counted_statements(app) as many:
        browser.get("/tasks", headers=HTMX)

    assert len(few) == len(many) <= 8
