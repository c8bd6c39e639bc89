"""No form is taken that a page of ours did not send, and no reading changes anything."""

import pytest
from sqlalchemy import select

from app.domain.sign_in import Event
from app.models import AccountEvent
from app.old_pages import FOR_STRANGERS
from tests.conftest import PASSWORD
from tests.rows import all_rows, changed_columns
from tests.views.reading import read
from tests.world import ADMIN, ANONYMOUS, OWNER, World, routes_of
from tests.world_forms import FORMS

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

# A refusal is written down; a click is noted in the session.
NOTED = frozenset({"account_event", "throttle"})
ENDING_SESSIONS = {"auth.sign_in", "auth.register", "auth.sign_out"}
OTHER_SITES = ["cross-site", "same-site", "nonsense"]


def unsafe_routes(app):
    return [route for route in routes_of(app) if route.is_unsafe]


def token_of(browser):
    return next(read(browser.get("/sign-in")).all("input", name="csrf_token")).attributes["value"]


def is_refused(app, route, who, answer):
    """Say whether the form was not taken: who signed in or out in another tab meanwhile is led on."""
    if answer.status_code == 400:
        return "Nothing was saved." in answer.text
    is_public = getattr(app.view_functions[route.endpoint], "is_public", False)
    is_led_on = route.endpoint in FOR_STRANGERS if who == ADMIN else not is_public
    return is_led_on and answer.status_code == 303


class TestTokens:
    """With the tokens that the real service demands."""

    @pytest.fixture
    def settings(self):
        return {"WTF_CSRF_ENABLED": True}

    @pytest.fixture
    def tokens(self, world):
        """What an attacker could send: none, made up, one of somebody else's, one of an earlier session."""
        return {
            "none": "",
            "made up": "made.up",
            "of another person": token_of(world.browser(OWNER)),
            "of the same person before": token_of(world.browser(ADMIN)),
            "of nobody": token_of(world.browser(ANONYMOUS)),
        }

    @pytest.mark.parametrize("who", [ANONYMOUS, ADMIN])
    def test_no_form_is_taken_without_the_token_of_its_page(self, app, world, tokens, who):
        wrong, asked = {}, 0
        browser, routes = world.browser(who), unsafe_routes(app)
        addresses = {route: world.address(route, "draft") for route in routes}
        browser.get("/tasks")  # a session with a token of its own
        before = all_rows(app, without=NOTED)

        for route in routes:
            for kind, token in tokens.items():
                form = {**FORMS.get(route.endpoint, {}), "csrf_token": token}
                headers = {"X-CSRFToken": token} if kind == "of another person" else {}
                answer = browser.open(addresses[route], method=route.method, data=form, headers=headers)
                asked += 1
                if not is_refused(app, route, who, answer):
                    wrong[route, kind] = answer.status_code

        assert wrong == {}
        assert changed_columns(before, all_rows(app, without=NOTED)) == {}
        assert asked >= 65

    @pytest.mark.parametrize(
        "referrer", ["https://[", "https://localhost:99999/", "https://localhost:x/", "https://a\u2100b/"]
    )
    def test_a_referrer_that_is_no_address_is_refused(self, client, referrer):
        form = {"csrf_token": token_of(client), "username": "x", "password": "y"}
        headers = {"Referer": referrer.encode().decode("latin-1")}

        answer = client.post("/sign-in", base_url="https://localhost", data=form, headers=headers)

        assert answer.status_code == 400
        assert "Nothing was saved." in answer.text

    def test_signing_in_a_second_time_in_another_tab_leads_on(self, client, make_user):
        typed = {"username": make_user().username, "password": PASSWORD, "csrf_token": token_of(client)}
        assert client.post("/sign-in", data=typed).location == "/tasks"

        second = client.post("/sign-in", data=typed | {"next": "/calls"})

        assert (second.status_code, second.location) == (303, "/calls")
        assert "You are signed in already." in read(client.get("/calls")).one(id="messages").text

    def test_a_form_sent_after_signing_out_elsewhere_leads_to_the_sign_in_page(self, sign_in):
        browser = sign_in()
        token = token_of(browser)
        browser.post("/sign-out", data={"csrf_token": token})

        answer = browser.post("/profile/password", data={"csrf_token": token})

        assert (answer.status_code, answer.location) == (303, "/sign-in?next=/profile/password")
        assert "Your session has ended; nothing was saved." in browser.get(answer.location).text

    def test_who_sends_no_cookie_is_told_that_one_is_needed(self, app, client):
        token = token_of(client)

        answer = app.test_client().post("/register", data={"csrf_token": token})

        assert answer.status_code == 400
        assert "without one nobody can sign in or register" in answer.text

    def test_with_its_token_the_same_form_is_taken(self, app, world):
        """Or the test above would pass where nothing is taken at all."""
        browser = world.browser(ADMIN)
        token = token_of(browser)
        refused = {}

        for route in unsafe_routes(app):
            form = {**FORMS.get(route.endpoint, {}), "csrf_token": token}
            if route.endpoint not in ENDING_SESSIONS:
                address = world.address(route, "draft", whose=ADMIN)
                answer = browser.open(address, method=route.method, data=form)
                if answer.status_code not in {200, 303, 409, 422}:
                    refused[route] = answer.status_code

        assert refused == {}


@pytest.mark.parametrize("who", [OWNER, ADMIN])
def test_what_a_browser_says_another_site_sent_is_refused(app, world, who):
    browser, routes = world.browser(who), unsafe_routes(app)
    addresses = {route: world.address(route, "draft") for route in routes}
    before = all_rows(app, without=NOTED)

    statuses = {
        (route, site): browser.open(
            addresses[route],
            method=route.method,
            data=FORMS.get(route.endpoint, {}),
            headers={"Sec-Fetch-Site": site},
        ).status_code
        for route in routes
        for site in OTHER_SITES
    }

    # Nobody without the right is asked where the form came from.
    refused = {400} if who == ADMIN else {400, 403}
    assert {key: status for key, status in statuses.items() if status not in refused} == {}
    assert changed_columns(before, all_rows(app, without=NOTED)) == {}


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_what_our_own_pages_send_is_taken(client, site):
    headers = {"Sec-Fetch-Site": site} if site else {}

    assert client.post("/preferences", data={"language": "ru"}, headers=headers).status_code == 303


def test_links_from_other_sites_are_followed(world):
    answer = world.browser(ADMIN).get("/tasks", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


def test_reading_changes_nothing(app, world: World):
    routes = [route for route in routes_of(app) if route.method == "GET"]
    states = {route: ("draft", "queued") if route.is_about_a_task else ("",) for route in routes}
    addresses = [world.address(route, state, whose=ADMIN) for route in routes for state in states[route]]
    browser = world.browser(ADMIN)
    before = all_rows(app)

    for address in addresses:
        for method, headers in (("GET", {}), ("GET", {"HX-Request": "true"}), ("HEAD", {})):
            answer = browser.open(address, method=method, headers=headers)
            # 422: a link of a mail that is no good; /healthz says that no work is done here.
            wanted = {503} if address == "/healthz" else {200, 303, 422}
            assert answer.status_code in wanted, address

    assert changed_columns(before, all_rows(app)) == {}
    assert len(addresses) >= 19


class TestRefusalsAreWrittenDown:
    def events(self, ask):
        refused = select(AccountEvent).where(AccountEvent.kind == Event.NOT_ALLOWED.value)
        return ask(refused.order_by(AccountEvent.id))

    def test_with_the_pattern_of_the_address_and_once_a_minute(self, sign_in, ask):
        browser = sign_in("viewer")

        for _ in range(3):
            assert browser.get("/calls/4711?q=secret").status_code == 403
        browser.get("/calls")

        assert [(event.user_id, event.words) for event in self.events(ask)] == [
            (browser.user.id, "GET /calls/<int:call_id>: needs the right to view PanDA calls"),
            (browser.user.id, "GET /calls: needs the right to view PanDA calls"),
        ]

    def test_each_person_is_counted_apart(self, sign_in, ask):
        for _ in range(2):
            sign_in("viewer").get("/calls")

        assert len({event.user_id for event in self.events(ask)}) == 2

    def test_a_form_from_elsewhere_too(self, client, ask):
        client.post("/preferences", data={"language": "ru"}, headers={"Sec-Fetch-Site": "cross-site"})

        [event] = self.events(ask)
        assert event.user_id is None
        assert event.words.startswith("POST /preferences: the form came without its token")
