"""Every field of every form takes any text: no failure, what is stored is shown, and shown escaped."""

from itertools import cycle

import pytest
from sqlalchemy import delete, select

from app.domain.convention import SAFE
from app.models import Task, TaskTag, User
from tests.build_task import FIELDS
from tests.conftest import PASSWORD
from tests.views.conftest import HTMX
from tests.views.naughty import STRINGS
from tests.views.reading import read
from tests.views.typing_in import SIZE, fields, form_of, size

TASK_FIELDS = [*FIELDS, "collision", "events", "jobs", "action", "confirmed", "mend", "csrf_token", "extra"]
ELEMENTS = {"b", "i", "svg/onload=alert(1)"}


def assert_unharmed(text, answer, *statuses):
    """Check that a page came, that nothing of what was typed became an element, and that it is whole."""
    assert answer.status_code in statuses
    assert "Set-Cookie: x" not in str(answer.headers)
    if answer.status_code == 303:
        assert answer.location.startswith("/")
    elif set(text) & set("<>\"'&"):
        assert "<" not in text or text not in answer.text
        for element in read(answer).all():
            assert element.tag not in ELEMENTS
            assert "onerror" not in element.attributes
            assert element.tag != "script" or element.attributes["src"].startswith("/static/")


def in_turn(names):
    """Pair every text with one of these names, in turn."""
    return list(zip(STRINGS, cycle(names)))


def is_shown(text):
    """Control and format characters are dropped on purpose."""
    return len(text) < 1000 and text.isprintable()


def test_the_list_is_long_enough():
    assert len(set(STRINGS)) == len(STRINGS) >= 130


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_step_1_takes_any_text_and_shows_it_in_its_field_again(sign_in):
    browser = sign_in("physicist")

    for text, field in in_turn(TASK_FIELDS):
        answer = browser.post("/tasks/new", data=fields(**{field: text}))
        assert_unharmed(text, answer, 200, 303, 422)
        if answer.status_code == 422 and field in FIELDS and is_shown(text):
            assert form_of(answer).value(field) == text.strip()
    for text in STRINGS[::3]:
        assert_unharmed(text, browser.post("/tasks/new", data=dict.fromkeys(TASK_FIELDS, text)), 422)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_previews_and_filled_in_pages_take_any_text(sign_in):
    browser = sign_in("physicist")
    paths = ["/tasks/new/preview", "/tasks/new/size/preview", "/tasks/new", "/tasks/new/size"]

    for text, path in in_turn(paths):
        everywhere = dict.fromkeys([*TASK_FIELDS, "task", "focus"], text)
        assert_unharmed(text, browser.get(path, query_string=everywhere, headers=HTMX), 200, 303)
    for text in STRINGS:
        typed = FIELDS | SIZE | {"description": text, "events": text}
        card = browser.get("/tasks/new/size/preview", query_string=typed, headers=HTMX)
        assert_unharmed(text, card, 200)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_step_2_takes_any_text_and_stores_no_name_that_breaks_the_convention(sign_in, ask, alter):
    browser = sign_in("physicist")

    for text, field in in_turn(["dataset", "energy", "events", "jobs", "collision", "confirmed", "mend"]):
        assert_unharmed(text, browser.post("/tasks/new/size", data=size(**{field: text})), 200, 303, 422)
        for task in ask(select(Task)):
            assert set(task.name) <= SAFE | {"."}
            assert task.name in read(browser.get(f"/tasks/{task.id}")).one("h1").text
            alter(delete(Task))


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_the_form_of_a_change_takes_any_text(sign_in, make_task, ask):
    browser = sign_in("physicist")
    task = make_task("draft", creator=browser.user)
    path = f"/tasks/{task.id}/edit"
    typed = FIELDS | {"run": task.name.split(".")[5], **SIZE, "task_version": "1"}
    stale = typed | {"description": "other", "task_version": "0"}

    for text, field in in_turn(["description", "jobs", "task_version", "collision"]):
        if field in {"description", "jobs"}:
            assert_unharmed(text, browser.post(path, data=typed | {"description": text, "jobs": "0"}), 422)
        else:
            assert_unharmed(text, browser.post(path, data=stale | {"task_version": "", field: text}), 409)
    assert [(found.name, found.version) for found in ask(select(Task))] == [(task.name, 1)]


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_labels_their_filters_and_comparing_take_any_text(sign_in, make_task, ask):
    browser = sign_in("physicist")
    task = make_task("draft", creator=browser.user)
    path = f"/tasks/{task.id}"

    for text, field in in_turn(["tags", "campaign", "request", "seen_tags"]):
        [kept] = ask(select(Task))
        seen = {"seen_campaign": kept.campaign or "", "seen_request": kept.request or ""}
        seen |= {"seen_tags": ",".join(ask(select(TaskTag.tag)))}
        typed = seen | {"tags": "", "campaign": "", "request": "", field: text}
        assert_unharmed(text, browser.post(f"{path}/labels", data=typed), 303, 409, 422)
        filters = dict.fromkeys(("tag", "campaign", "request", "whose"), text)
        assert_unharmed(text, browser.get("/tasks", query_string=filters), 200)
        assert_unharmed(text, browser.get("/tasks/compare", query_string={"a": text, "b": task.id}), 200, 422)
        assert_unharmed(text, browser.get(f"{path}/history", query_string={"page": text}), 200)
    assert_unharmed("<b>", browser.get(path), 200)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_registering_takes_any_text_and_shows_it_escaped(app, new_person, ask, mailbox):
    app.config["MAILS_PER_ADDRESS_AND_HOUR"] = len(STRINGS)
    for number, text in enumerate(STRINGS):
        browser = app.test_client()
        typed = new_person(username=f"person{number}", email=f"p{number}@example.org")
        names = {"first_name": text[:100], "last_name": text[:100]}
        answer = browser.post("/register", data=typed | names)
        assert_unharmed(text, answer, 303, 422)
        if answer.status_code == 303:
            page = browser.get(mailbox.link())
            assert_unharmed(text, page, 200)
            [user] = ask(select(User).where(User.username == f"person{number}"))
            assert " ".join(user.full_name.split()) in read(page).one("main").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_field_of_registering_takes_any_text(client, new_person, ask):
    for text, field in in_turn(["username", "email", "password", "password_again"]):
        assert_unharmed(text, client.post("/register", data=new_person(**{field: text})), 303, 422)

    # Of those who typed the same address one has it; the others are kept with one that nobody can have.
    having = [user.email for user in ask(select(User)) if not user.email.endswith(".taken.invalid")]
    assert len(having) <= 1


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_signing_in_takes_any_text(app, client, make_user):
    user = make_user()
    app.config.update(SIGN_IN_TRIES=100_000, SIGN_IN_TRIES_PER_ADDRESS=100_000)

    for text in STRINGS:
        assert_unharmed(text, client.post("/sign-in", data={"username": text, "password": PASSWORD}), 422)
        typed = {"username": user.username, "password": text, "next": text}
        assert_unharmed(text, client.post("/sign-in", data=typed), 422)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_preferences_and_actions_take_any_text(sign_in, make_task):
    browser = sign_in("physicist")
    task = make_task("queued", creator=browser.user)

    for text, path in in_turn(["/preferences", f"/tasks/{task.id}/withdraw", f"/tasks/{task.id}/delete"]):
        sent = dict.fromkeys(["language", "theme", "next_url", "version"], text)
        assert_unharmed(text, browser.post(path, data=sent), 303)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # it takes less than SQLite
def test_filters_take_any_text_and_show_it_escaped(sign_in, make_task):
    browser = sign_in("physicist")
    make_task("queued")
    filters = ["q", "state", "creator", "f_dataset", "f_energy", "f_run", "method", "outcome", "task", "user"]

    for text, path in in_turn(["/tasks", "/calls"]):
        everywhere = dict.fromkeys([*filters, "sort", "page", "revision"], text)
        assert_unharmed(text, browser.get(path, query_string=everywhere), 200)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_select_a_field_takes_any_text(sign_in):
    browser = sign_in("physicist")

    for text, field in in_turn([None, "dataset", "energy"]):
        chosen = {"field": text if field is None else field, "value": text}
        assert_unharmed(text, browser.get("/tasks", query_string=chosen), 303, 200)
