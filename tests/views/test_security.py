"""What every answer carries, which hosts are answered, and that no form is taken from another site."""

import re

import pytest

from tests.conftest import PASSWORD
from tests.views.conftest import HTMX
from tests.views.reading import read

HEADERS = {
    "Content-Security-Policy": r"default-src 'none'; script-src 'self'; .*frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": r".*HX-Request.*",
}


def missing_headers(answer):
    return {
        name: answer.headers.get(name)
        for name, pattern in HEADERS.items()
        if not re.fullmatch(pattern, answer.headers.get(name, ""))
    }


ANSWERS = [
    ("GET", "/sign-in", 200), ("HEAD", "/sign-in", 200), ("OPTIONS", "/sign-in", 200),
    ("POST", "/sign-in", 422), ("GET", "/", 303), ("GET", "/tasks", 303), ("GET", "/nothing", 404),
    ("PUT", "/sign-in", 405), ("GET", "/sign-out", 405),
]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_answer_carries_the_headers(client):
    for method, path, status in ANSWERS:
        for headers in ({}, HTMX):
            answer = client.open(path, method=method, headers=headers)

            assert answer.status_code in {status, 401}
            assert missing_headers(answer) == {}, path


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_pages_and_pieces_of_a_signed_in_person_carry_them_too(sign_in, make_task):
    browser = sign_in("manager")
    task = make_task("queued")
    paths = ["/tasks", f"/tasks/{task.id}", f"/tasks/{task.id}/edit", "/calls", "/heartbeat", "/tasks/new"]

    answers = [browser.get(path, headers=headers) for path in paths for headers in ({}, HTMX)]

    assert {answer.status_code for answer in answers} == {200}
    assert [missing_headers(answer) for answer in answers] == [{}] * 12


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_never_changes_may_be_kept_by_the_browser(client):
    answer = client.get("/static/favicon.svg")
    answer.close()

    assert answer.status_code == 200
    assert set(missing_headers(answer)) == {"Cache-Control", "Vary"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_no_page_holds_what_the_policy_forbids(sign_in, make_task):
    browser = sign_in("manager")
    task = make_task("queued")

    for path in (
        "/tasks",
        f"/tasks/{task.id}",
        f"/tasks/{task.id}/edit",
        "/calls",
        "/tasks/new",
        "/register",
    ):
        for element in read(browser.get(path)).all():
            assert not {"style", *(f"on{event}" for event in ("click", "load"))} & set(element.attributes)
            assert element.tag != "style"
            assert element.tag != "script" or element.attributes.get("src", "").startswith("/static/")


OURS = ["localhost", "127.0.0.1", "localhost:8080", "127.0.0.1:9"]
OTHERS = [
    "evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example",
    "127.0.0.1.evil.example", "[::1]",
]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_another_host_is_refused(client):
    for path in ("/sign-in", "/tasks", "/nothing", "/static/favicon.svg"):
        for host in OTHERS:
            answer = client.get(path, headers={"Host": host})

            assert (answer.status_code, answer.mimetype) == (400, "text/plain")
            assert "does not answer to that host name" in answer.text
            assert missing_headers(answer) == {}
    assert {client.get("/sign-in", headers={"Host": host}).status_code for host in OURS} == {200}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_forwarded_hosts_are_believed_from_no_one_without_a_proxy(client):
    answer = client.get("/tasks", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})

    assert answer.location == "/sign-in?next=/tasks"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_cookie_is_for_this_site_and_no_script(client, make_user):
    answer = client.post("/sign-in", data={"username": make_user().username, "password": PASSWORD})

    cookie = answer.headers["Set-Cookie"]
    assert re.search("HttpOnly", cookie)
    assert re.search("SameSite=Lax", cookie)
    assert not re.search("Domain=", cookie)


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestForgery:
    """With the tokens that the real service demands."""

    @pytest.fixture
    def settings(self):
        return {"WTF_CSRF_ENABLED": True}

    @pytest.fixture
    def sign_in(self, app, make_user):
        def sign(role):
            browser = app.test_client()
            token = read(browser.get("/sign-in")).one("form", action="/sign-in").value("csrf_token")
            typed = {"username": make_user(role).username, "password": PASSWORD, "csrf_token": token}
            assert browser.post("/sign-in", data=typed).status_code == 303
            return browser

        return sign

    def test_no_post_is_taken_without_a_token(self, app, client, sign_in, make_task):
        task_id = make_task("draft").id
        posts = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
        paths = [re.sub("<int:[a-z_]+>", str(task_id), rule.rule) for rule in posts]

        for browser in (client, sign_in("admin")):
            answers = {path: browser.post(path, data={"csrf_token": "made.up"}) for path in paths}
            assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 400)
            assert all("Nothing was saved." in answer.text for answer in answers.values())
        assert len(paths) >= 9

    def test_a_token_of_another_person_is_refused(self, sign_in):
        one, other = sign_in("physicist"), sign_in("physicist")
        token = token_of(one)

        assert other.post("/sign-out", data={"csrf_token": token}).status_code == 400
        assert one.post("/sign-out", data={"csrf_token": token}).status_code == 303

    def test_a_token_from_before_signing_in_is_refused_after_it(self, client, make_user):
        token = token_of(client)
        typed = {"username": make_user().username, "password": PASSWORD, "csrf_token": token}
        client.post("/sign-in", data=typed)

        assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400

    def test_the_token_of_the_page_is_taken_from_the_header_too(self, sign_in):
        browser = sign_in("physicist")
        headers = read(browser.get("/tasks")).one("body").attributes["hx-headers"]
        token = re.search(r'"X-CSRFToken": "([^"]+)"', headers)[1]

        assert browser.post("/tasks/new", headers={"X-CSRFToken": token}).status_code == 422
        assert browser.post("/tasks/new", headers={"X-CSRFToken": token[:-1]}).status_code == 400

    def test_a_page_left_open_gets_the_token_of_the_new_session(self, sign_in):
        old = sign_in("physicist").get("/heartbeat", headers={"HX-Request": "true"}).headers["X-CSRFToken"]
        browser = sign_in("physicist")
        newest = browser.get("/heartbeat", headers={"HX-Request": "true"}).headers["X-CSRFToken"]

        assert browser.post("/sign-out", data={"csrf_token": old}).status_code == 400
        assert browser.post("/sign-out", data={"csrf_token": newest}).status_code == 303

    def test_every_form_that_posts_carries_a_token_and_none_that_gets(self, sign_in, make_task):
        browser = sign_in("manager")
        paths = [
            "/tasks",
            "/tasks/new",
            "/calls",
            *(f"/tasks/{make_task(s).id}" for s in ("draft", "queued")),
        ]

        forms = [form for path in paths for form in read(browser.get(path)).all("form")]

        with_token = [form for form in forms if form.has("input", name="csrf_token")]
        assert with_token == [form for form in forms if form.attributes["method"] == "post"]
        assert len(forms) > len(with_token) > 5


def token_of(browser):
    forms = read(browser.get("/tasks", follow_redirects=True)).all("form", method="post")
    return next(form.value("csrf_token") for form in forms)


class TestProduction:
    """As on the server of the experiment, behind one proxy."""

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

    @pytest.mark.parametrize("database_kind", ["sqlite"])
    def test_the_cookie_travels_encrypted_only_and_no_demo_is_offered(self, client, make_user):
        behind = {"Host": "127.0.0.1", "X-Forwarded-Host": "spd.example.org", "X-Forwarded-Proto": "https"}
        typed = {"username": make_user().username, "password": PASSWORD}

        page, answer = (
            client.get("/sign-in", headers=behind),
            client.post("/sign-in", data=typed, headers=behind),
        )

        assert (page.status_code, answer.status_code) == (200, 303)
        assert "demo" not in page.text
        assert answer.headers["Set-Cookie"].startswith("__Host-spd=")
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        forged = behind | {"X-Forwarded-Host": "evil.example"}
        assert client.get("/sign-in", headers=forged).status_code == 400
