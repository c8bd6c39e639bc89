"""What is said twice, in another place, from another site or in another spelling gains nothing."""

import re

import pytest
from sqlalchemy import select

from app.models import Task, User
from tests.conftest import PASSWORD
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.typing_in import size

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

ORIGINS = ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_other_site_may_read_an_answer(client, sign_in, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}

    for browser in (client, sign_in()):
        for method, path in [("GET", "/tasks"), ("OPTIONS", "/tasks/new"), ("GET", "/static/favicon.svg")]:
            with browser.open(path, method=method, headers=asked) as answer:
                assert not [name for name, _value in answer.headers if name.startswith("Access-Control")]


TYPES = {
    "/sign-in": "text/html; charset=utf-8",
    "/nothing": "text/html; charset=utf-8",
    "/heartbeat": "text/html; charset=utf-8",
    "/static/css/tokens.css": "text/css; charset=utf-8",
    "/static/js/times.js": "text/javascript; charset=utf-8",
    "/static/favicon.svg": "image/svg+xml; charset=utf-8",
}


@pytest.mark.parametrize("path", TYPES)
def test_an_answer_says_what_it_is_and_how_it_is_written(sign_in, path):
    with sign_in().get(path) as answer:
        assert answer.headers["Content-Type"] == TYPES[path]


def test_an_answer_to_a_foreign_host_says_how_it_is_written_too(client):
    answer = client.get("/sign-in", headers={"Host": "evil.example"})

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("text", ["%2541", "%25252e", "&amp;lt;", "\\u0041", "%u0041", "+%2B"])
def test_what_is_typed_is_decoded_once(sign_in, text):
    page = read(sign_in().get("/tasks", query_string={"q": text}))

    assert page.one("form", id="filters").value("q") == text


def test_a_form_is_read_from_its_body_and_from_nowhere_else(app, make_user):
    browser, user = app.test_client(), make_user()
    typed = {"username": user.username, "password": PASSWORD}

    elsewhere = browser.post("/sign-in", query_string=typed, headers=typed)
    both = browser.post("/sign-in", query_string={"username": "nobody", "password": "x"}, data=typed)

    assert elsewhere.status_code == 422
    assert (both.status_code, both.location) == (303, "/tasks")


VALUES = [PASSWORD, 1, 1.5, True, None, ["x"], {"x": "y"}, [[]]]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_no_form_is_read_from_json_whose_values_may_be_anything(client, make_user, new_person, value):
    user = make_user()

    for path, typed in [
        ("/sign-in", {"username": user.username, "password": value}),
        ("/register", new_person() | {"password": value, "password_again": value, "email": value}),
    ]:
        assert client.post(path, json=typed).status_code == 422


def test_of_a_value_that_is_said_twice_the_first_counts(sign_in, make_user, ask):
    twice = {"username": [make_user("physicist", "ghosty").username, "nobody"], "password": [PASSWORD, "x"]}
    browser = sign_in("physicist")

    assert browser.post("/sign-in", data=twice).status_code == 303
    made = browser.post("/tasks/new/size", data=size(events="100") | {"jobs": ["2", "9"], "action": "draft"})

    assert made.status_code == 303
    assert [task.jobs for task in ask(select(Task))] == [2]


def test_an_id_in_the_address_is_not_replaced_by_one_in_the_form(sign_in, make_task, ask):
    browser = sign_in("manager")
    one, other = make_task("queued").id, make_task("queued").id

    sent = {"task_id": other, "id": other, "version": "2"}
    browser.post(f"/tasks/{one}/withdraw?task_id={other}", data=sent)

    states = {task.id: task.state for task in ask(select(Task))}
    assert states[other] == "queued"


SECRETS = re.compile(r"@example\.org|argon2|token_hash|password_hash|Bearer")


@pytest.mark.parametrize("role", ["viewer", "physicist"])
def test_pages_hold_nothing_of_others_but_their_names(sign_in, make_task, ask, role):
    task = make_task("queued")
    browser = sign_in(role)
    assert len(ask(select(User))) == 2

    for path in ("/tasks", f"/tasks/{task.id}", f"/tasks/{task.id}/status", "/heartbeat"):
        for headers in ({}, HTMX):
            page = browser.get(path, headers=headers)
            assert page.status_code == 200
            assert not SECRETS.search(page.text), path


def test_signing_out_asks_the_browser_to_forget_all_it_kept(sign_in):
    answer = sign_in().post("/sign-out")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    "path", ["/tasks", "/tasks/new", "/tasks/{id}", "/tasks/{id}/edit", "/calls", "/nothing"]
)
def test_each_page_of_a_signed_in_person_has_the_button_that_signs_out(sign_in, make_task, path):
    page = read(sign_in("manager").get(path.format(id=make_task("queued").id)))

    assert page.one("form", action="/sign-out").one("button").text == "Sign out"


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
def test_passwords_are_masked_and_left_to_the_password_manager(client, path):
    fields = [
        field for field in read(client.get(path)).all("input") if "password" in field.attributes["name"]
    ]

    assert fields
    for field in fields:
        assert field.attributes["type"] == "password"
        assert field.attributes["autocomplete"] in {"current-password", "new-password"}
        assert not {"onpaste", "readonly", "pattern"} & set(field.attributes)
        assert int(field.attributes.get("maxlength", "1000")) >= 64
        assert field.attributes["value"] == ""


class TestPlainHttp:
    """A request of production that came without TLS."""

    @pytest.fixture
    def settings(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("a secret of more than thirty-two characters")
        return {
            "PRODUCTION": True, "INSTANCE_ID": "spd-test", "SECRET_KEY_FILE": str(secret), "PROXIES": 1,
            "PUBLIC_URL": "https://spd.example.org", "TRUSTED_HOSTS": ["spd.example.org"],
            "PANDA_USER_NAME": "spdprod test", "PANDA_URL": "https://panda.example.org:25443",
            "PANDA_TOKEN_FILE": str(secret), "PANDA_TOKEN_URL": "", "MAIL_SERVER": "mail.example.org",
            "MAIL_FROM": "SPD <spd@example.org>",
        }  # fmt: skip

    def test_nothing_leads_a_program_on_from_http_to_https(self, client):
        behind = {"X-Forwarded-Host": "spd.example.org", "X-Forwarded-Proto": "http"}

        answers = [client.get(path, headers=behind | HTMX) for path in ("/tasks", "/heartbeat", "/nothing")]

        assert [answer.status_code for answer in answers] == [401, 401, 404]
        assert not [answer for answer in answers if "Location" in answer.headers]

    def test_its_cookie_never_travels_without_tls(self, client):
        behind = {"X-Forwarded-Host": "spd.example.org", "X-Forwarded-Proto": "http"}

        answer = client.get("/sign-in", headers=behind)

        assert "; Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
