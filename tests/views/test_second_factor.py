"""One's own second factor: the page sets it up, switches it off, and shows recovery codes once."""

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pyotp
import pytest
import time_machine
from sqlalchemy import select, update

from app.models import Mail, User, UserSession
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.second_factor import PAGE, give_password, shown_secret, switch_on

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


def is_on(ask):
    return [user.totp_confirmed_at is not None for user in ask(select(User))]


def test_it_is_set_up_with_a_code_of_the_app(sign_in, ask):
    browser = sign_in("manager")
    assert "Set up the second factor" in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/begin").location == PAGE

    page = read(browser.get(PAGE))
    assert page.one("img", class_="qr-code").attributes["src"].startswith("data:image/svg+xml")
    secret = page.one(id="totp-secret").text.replace(" ", "")
    assert len(secret) == 32
    assert is_on(ask) == [False]

    answer = browser.post(f"{PAGE}/confirm", data={"code": pyotp.TOTP(secret).now()})

    assert answer.status_code == 200
    codes = [item.text for item in read(answer).one(id="recovery-codes").all("code")]
    assert len(codes) == 10
    link = read(answer).one("a", download="spd-recovery-codes.txt").attributes["href"]
    assert all(code in unquote(html.unescape(link)) for code in codes)
    assert is_on(ask) == [True]
    assert [mail.kind for mail in ask(select(Mail))] == ["second_factor_changed"]
    page = browser.get(PAGE).text
    assert secret not in page
    assert not [code for code in codes if code in page]


def test_nothing_beside_the_recovery_codes_takes_them_away(sign_in):
    browser = sign_in("manager")
    browser.post(f"{PAGE}/begin")
    code = pyotp.TOTP(shown_secret(browser)).now()

    pages = [
        read(browser.post(f"{PAGE}/confirm", data={"code": code})),
        read(browser.post(f"{PAGE}/recovery-codes")),
        read(browser.get(PAGE)),
    ]

    assert [page.has(id="recovery-codes") for page in pages] == [True, True, False]
    assert [page.has("form", action="/preferences") for page in pages] == [False, False, True]


@pytest.mark.parametrize("typed", ["", "000000", "abcdef", "1" * 61, "🚀", "\x00", "' OR 1=1"])
def test_a_wrong_code_switches_nothing_on(sign_in, ask, typed):
    browser = sign_in()
    browser.post(f"{PAGE}/begin")
    secret = shown_secret(browser)

    answer = browser.post(f"{PAGE}/confirm", data={"code": typed})

    assert answer.status_code == 422
    assert read(answer).has(id="errors-code")
    assert read(answer).one(id="totp-secret").text.replace(" ", "") == secret
    assert is_on(ask) == [False]


def test_after_five_wrong_codes_the_right_one_waits(sign_in, ask, clock):
    browser = sign_in()
    browser.post(f"{PAGE}/begin")
    secret = shown_secret(browser)
    for _ in range(5):
        browser.post(f"{PAGE}/confirm", data={"code": "000000"})

    answer = browser.post(f"{PAGE}/confirm", data={"code": pyotp.TOTP(secret).now()})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "try again in 5 minutes" in read(answer).one(role="alert").text
    assert is_on(ask) == [False]
    clock.shift(301)
    assert browser.post(f"{PAGE}/confirm", data={"code": pyotp.TOTP(secret).now()}).status_code == 200


def test_other_browsers_are_signed_out_when_it_is_switched_on(app, sign_in):
    browser = sign_in()
    other = app.test_client()
    give_password(other, browser.user)

    switch_on(browser)

    assert browser.get("/tasks").status_code == 200
    assert other.get("/tasks").status_code == 303


def test_everything_done_twice_does_no_harm(sign_in, ask):
    browser = sign_in()
    guarded = switch_on(browser)

    assert browser.post(f"{PAGE}/begin").status_code == 303
    assert browser.post(f"{PAGE}/confirm", data={"code": "000000"}).status_code == 303
    assert is_on(ask) == [True]
    for _ in range(2):
        assert browser.post(f"{PAGE}/off").status_code == 303
    assert is_on(ask) == [False]
    assert browser.post(f"{PAGE}/recovery-codes").location == PAGE
    assert guarded.recovery_codes[0] not in browser.get(PAGE).text


def test_a_proposal_can_be_given_up(sign_in, ask):
    browser = sign_in()
    browser.post(f"{PAGE}/begin")

    browser.post(f"{PAGE}/off")

    assert "Set up the second factor" in browser.get(PAGE).text
    assert ask(select(Mail)) == []


def test_a_mailbox_is_not_filled_with_news_of_changes(sign_in, ask):
    browser = switch_on(sign_in()).browser

    answers = [browser.post(f"{PAGE}/recovery-codes").status_code for _ in range(8)]

    assert answers == [200] * 4 + [303] * 4
    assert "Too many tries. Try again in 60 minutes." in browser.get(PAGE).text
    assert len(ask(select(Mail))) == 5
    browser.post(f"{PAGE}/off")
    assert is_on(ask) == [False]


def test_new_recovery_codes_are_shown_once(sign_in):
    browser = sign_in()
    guarded = switch_on(browser)

    answer = browser.post(f"{PAGE}/recovery-codes")

    codes = [item.text for item in read(answer).one(id="recovery-codes").all("code")]
    assert len(codes) == 10
    assert not set(codes) & set(guarded.recovery_codes)
    assert "Recovery codes left 10" in read(browser.get(PAGE)).one("main").text


def test_the_second_of_two_clicks_says_where_codes_come_from(sign_in):
    browser = sign_in()
    browser.post(f"{PAGE}/begin")
    code = {"code": pyotp.TOTP(shown_secret(browser)).now()}
    browser.post(f"{PAGE}/confirm", data=code)

    answer = browser.post(f"{PAGE}/confirm", data=code)

    page = read(browser.get(answer.location))
    assert "If you have not seen your recovery codes, make new ones here." in page.one(id="messages").text
    assert page.has("form", action=f"{PAGE}/recovery-codes")


def test_who_has_no_password_needs_none_of_ours(sign_in, alter, ask):
    browser = sign_in()
    alter(update(User).values(password_hash=None))

    assert "looks after a second factor itself" in browser.get(PAGE).text
    browser.post(f"{PAGE}/begin")
    assert ask(select(User))[0].totp_secret is None


def test_a_stale_proof_is_asked_for_and_nothing_is_changed(sign_in, clock, ask):
    browser = sign_in()
    switch_on(browser)
    clock.shift(timedelta(minutes=16))

    for path in ("/off", "/recovery-codes", "/begin", "/confirm"):
        answer = browser.post(f"{PAGE}{path}", headers={"Referer": f"http://localhost{PAGE}"})
        assert answer.location == f"/prove?next={PAGE}"
    assert browser.get(PAGE).location == f"/prove?next={PAGE}"
    assert "Nothing was saved." in browser.get("/prove").text
    assert is_on(ask) == [True]


class TestDemanded:
    """A role that must have one."""

    @pytest.fixture
    def settings(self):
        return {"SECOND_FACTOR_FOR": ["manager", "admin"]}

    def test_who_lacks_it_is_led_to_the_page_and_can_do_nothing_else(self, app, sign_in, make_task):
        browser = sign_in("manager")
        task_id = make_task("queued").id
        closed = [
            "/",
            "/tasks",
            "/tasks/new",
            f"/tasks/{task_id}",
            "/calls",
            "/profile/sessions",
        ]

        assert {browser.get(path).location for path in closed} == {PAGE}
        assert browser.post(f"/tasks/{task_id}/withdraw").location == PAGE
        assert browser.post("/profile/sessions/end-others").location == PAGE
        assert "Your role needs a second factor." in browser.get(PAGE).text
        assert browser.post("/preferences", data={"language": "ru", "next_url": PAGE}).location == PAGE

    def test_every_page_but_a_few_is_closed(self, app, sign_in):
        browser = sign_in("admin")
        is_open = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in {"static", "auth.sign_out"}
            for method in rule.methods & {"GET", "POST"}
            if browser.open(re.sub(r"<int:\w+>", "1", rule.rule), method=method).location != PAGE
        }

        assert is_open == {
            "links.confirm", "links.new_password", "links.new_email", "forgotten.ask", "forgotten.sent",
            "registration.register", "registration.waiting", "registration.again",
            "registration.other_address",
            "machines.livez", "machines.healthz", "machines.metrics",
            "auth.sign_in", "auth.preferences", "code.ask", "proof.ask", "second_factor.show",
            "second_factor.confirm",
        }  # fmt: skip
        assert browser.post("/sign-out").location == "/sign-in"

    def test_pieces_lead_there_and_polls_change_nothing(self, sign_in, make_task):
        browser, task_id = sign_in("manager"), make_task("queued").id

        piece = browser.get("/tasks?sort=name", headers=HTMX)
        poll = browser.get(f"/tasks/{task_id}/status?revision=x", headers=HTMX)

        assert (piece.status_code, piece.headers["HX-Redirect"]) == (401, PAGE)
        beat = browser.get("/heartbeat", headers=HTMX)
        for answer in (poll, beat):
            assert (answer.status_code, answer.text, answer.headers.get("HX-Redirect")) == (204, "", None)

    def test_a_link_in_a_mail_opens(self, sign_in, client, mailbox):
        browser = sign_in("admin")
        client.post("/forgotten", data={"email": browser.user.email})

        answer = browser.get(mailbox.link())

        assert answer.status_code == 200
        assert read(answer).has("input", id="password")

    def test_who_set_it_up_goes_on_and_who_switches_it_off_is_led_back(self, sign_in):
        browser = sign_in("manager")
        switch_on(browser)

        assert browser.get("/tasks").status_code == 200
        assert "asked to set up another at once" in browser.get(PAGE).text
        browser.post(f"{PAGE}/off")
        assert browser.get("/tasks").location == PAGE

    def test_other_roles_and_sessions_of_the_provider_are_not_asked(self, sign_in, alter):
        physicist, manager = sign_in("physicist"), sign_in("manager")
        assert physicist.get("/tasks").status_code == 200

        alter(update(UserSession).values(method="iam"))

        assert manager.get("/tasks").status_code == 200

    def test_a_role_given_meanwhile_counts_at_once(self, sign_in, alter):
        browser = sign_in("physicist")

        alter(update(User).values(role="admin"))

        assert browser.get("/tasks").location == PAGE
