"""Every error is a page in the reader's language that says what happened, and no more than that."""

import logging
import re
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.extensions import db
from tests.views.reading import read

pytestmark = pytest.mark.own_app

MULTIPART = "multipart/form-data; boundary=b"
LONG_PART = (
    b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\n' + b"x" * (600 << 10) + b"\r\n--b--\r\n"
)
RUSSIAN = {"Accept-Language": "ru"}


@pytest.fixture
def breakable(app):
    """The application with pages that fail as real ones might."""

    def fail():
        raise RuntimeError("a secret of the inside")

    def misuse():
        db.session.execute(text("INSERT INTO installation (id) VALUES (NULL)"))

    for rule, view in {"/fail": fail, "/misuse": misuse}.items():
        view.is_public = True
        app.add_url_rule(rule, view_func=view)
    return app


def error_page(answer, code):
    """Return the page of an error, having checked what all of them share."""
    assert answer.status_code == code
    assert answer.mimetype == "text/html"
    assert "Traceback" not in answer.text
    page = read(answer)
    assert page.one("h1").text
    assert str(code) in page.one("main").text
    return page


CASES = [
    (404, "GET", "/no/such/page", {}),
    (404, "GET", "/static/../config.py", {}),
    (405, "GET", "/sign-out", {}),
    (405, "DELETE", "/tasks", {}),
    (413, "POST", "/sign-in", {"data": LONG_PART, "content_type": MULTIPART}),
    (413, "POST", "/sign-in", {"data": {"password": "x" * (2 << 20)}}),
    (500, "GET", "/fail", {}),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("code", "method", "path", "more"), CASES)
def test_an_error_is_a_page(breakable, code, method, path, more):
    answer = breakable.test_client().open(path, method=method, **more)

    error_page(answer, code)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("code", "path"), [(404, "/nothing"), (405, "/sign-out"), (500, "/fail")])
def test_an_error_page_is_in_the_readers_language(breakable, code, path):
    page = error_page(breakable.test_client().get(path, headers=RUSSIAN), code)

    assert page.one("html").attributes["lang"] == "ru"
    assert re.search("[а-я]", page.one("h1").text)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_page_refused_to_a_role_says_who_may(sign_in):
    page = error_page(sign_in("viewer").get("/tasks/new"), 403)

    assert "physicist, production manager, administrator" in page.one("main").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_wrong_method_says_the_right_ones(client):
    answer = client.get("/sign-out")

    assert {method.strip() for method in answer.headers["Allow"].split(",")} == {"OPTIONS", "POST"}


def test_a_slip_is_logged_with_an_id_and_shown_without_its_words(breakable, caplog):
    with caplog.at_level(logging.ERROR):
        page = error_page(breakable.test_client().get("/fail"), 500)

    request_id = page.one("code").text
    assert request_id in caplog.text
    assert "a secret of the inside" in caplog.text
    assert "secret" not in page.text


def test_a_slip_of_ours_in_a_statement_is_no_absence_of_the_database(breakable):
    error_page(breakable.test_client().get("/misuse"), 500)


def test_an_error_of_a_signed_in_person_asks_the_database_for_nothing(breakable, sign_in):
    browser = sign_in()

    page = error_page(browser.get("/fail"), 500)

    assert not page.has(id="heartbeat")
    assert browser.get("/tasks").status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"])  # made, but not the one in the settings
class TestAway:
    """The database is a PostgreSQL that cannot be reached: nobody listens at its address."""

    @pytest.fixture
    def settings(self):
        return {"DATABASE_URL": "postgresql+psycopg://spd@127.0.0.1:1/spd"}

    @pytest.mark.parametrize("headers", [{}, RUSSIAN])
    def test_a_page_that_needs_the_database_says_so_at_once(self, app, caplog, headers):
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = "the token of a session"

        began = time.monotonic()
        page = error_page(browser.get("/tasks", headers=headers), 503)

        assert time.monotonic() - began < 2
        assert page.one("html").attributes["lang"] == headers.get("Accept-Language", "en")
        assert page.one("code").text in caplog.text

    def test_a_form_is_refused_and_nothing_of_it_is_told(self, client, caplog):
        typed = {"username": "somebody", "password": "a secret password"}

        page = error_page(client.post("/sign-in", data=typed), 503)

        assert "Nothing of this request was saved." in page.one("main").text
        assert "secret" not in caplog.text + page.text

    def test_a_page_without_data_still_comes(self, client):
        assert client.get("/sign-in").status_code == 200
        with client.get("/static/favicon.svg") as picture:
            assert picture.status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("damage", ["removed", "garbage"])
def test_a_damaged_file_of_the_database_is_said_and_no_trace_shown(app, sign_in, damage):
    browser = sign_in()
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    with app.app_context():
        db.engine.dispose()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    if damage == "garbage":
        path.write_bytes(b"this is no database " * 1000)

    error_page(browser.get("/tasks"), 503)


def test_a_failing_statement_tells_no_values(app, caplog):
    statement = text('INSERT INTO "user" (id, password_hash) VALUES (1, :hash)')

    with app.app_context(), pytest.raises(Exception, match="hidden") as raised:
        db.session.execute(statement, {"hash": "$argon2id$secret"})

    assert "argon2id" not in str(raised.value).partition("DETAIL")[0]
