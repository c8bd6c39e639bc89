"""A good sign-in through the provider."""

import random
import time
from datetime import UTC, datetime, timedelta
from string import ascii_letters
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import select, update

from app.models import User, UserIdentity, UserSession
from tests.iam.conftest import parameters
from tests.views.reading import read

# So many that a text of them hardly shrinks.
CHINESE = "".join(chr(number) for number in range(0x4E00, 0x9000))

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize(
    ("person", "role"),
    [("physicist", "physicist"), ("manager", "manager"), ("admin", "admin"), ("stranger", "viewer")],
)
def test_a_person_comes_in_with_the_role_of_the_groups(way, ask, provider, person, role):
    answer = way.sign_in(person)

    assert (answer.status_code, answer.location) == (303, "/tasks")
    assert way.is_signed_in()
    [user] = ask(select(User))
    [identity] = ask(select(UserIdentity))
    assert (user.username, user.role, user.password_hash) == (f"iam-{person}", role, None)
    assert user.email == f"{person}@iam.example.org"
    assert (identity.issuer, identity.subject) == (provider.url, provider.people[person]["sub"])


def test_one_lands_where_one_wanted_to_go(way):
    answer = way.sign_in(path="/iam/sign-in?next=/tasks?q=mine")

    assert answer.location == "/tasks?q=mine"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example.org", "//elsewhere", "/\\elsewhere", "/" * 3000]
)
def test_the_way_back_stays_on_this_site(way, target):
    answer = way.sign_in(path=f"/iam/sign-in?{urlencode({'next': target})}")

    assert answer.location == "/tasks"


def test_what_is_asked_for_is_what_the_standards_want(way, provider):
    asked = parameters(way.begin())

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["scope"] == "openid profile email"
    assert asked["redirect_uri"] == "http://127.0.0.1:8080/iam/callback"
    assert {"state", "nonce"} <= set(asked)
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_a_forged_host_does_not_change_the_address_of_the_answer(app, way):
    answer = way.browser.get("/iam/sign-in", headers={"Host": "localhost"})

    assert parameters(answer.location)["redirect_uri"] == "http://127.0.0.1:8080/iam/callback"


def test_the_verifier_is_always_sent(way, provider):
    way.sign_in()

    [asked] = provider.token_requests
    assert 43 <= len(asked["code_verifier"]) <= 128


def test_somebody_who_is_here_already_proves_anew_who_they_are(way):
    way.sign_in()

    asked = parameters(way.begin())

    assert (asked["prompt"], asked["max_age"]) == ("login", "0")


@pytest.mark.parametrize("hours_ago", [None, 1])
def test_a_proof_the_provider_did_not_ask_for_anew_is_none(way, provider, alter, events, hours_ago):
    """Whoever sits at the browser takes both wishes out of the address: the provider knows its session."""
    way.sign_in()
    alter(update(UserSession).values(proved_at=datetime.now(UTC) - timedelta(hours=1)))
    address = way.begin("/iam/sign-in?next=/profile/second-factor").replace("&prompt=login", "")
    auth_time = int(time.time()) - hours_ago * 3600 if hours_ago else None
    provider.faults.claims = with_auth_time(auth_time)

    answer = way.browser.get(way.at_provider(address.replace("&max_age=0", "")))

    assert answer.status_code == 400
    assert events()[-1].words.startswith("the provider did not ask the person anew")
    assert way.browser.get("/profile/second-factor").location.startswith("/prove")


@pytest.mark.parametrize(
    ("ago", "is_fresh"),
    [(timedelta(0), True), (timedelta(hours=3), False), (timedelta(days=-1), True), (None, False)],
)
def test_how_fresh_a_proof_is_goes_by_the_provider(way, provider, ask, ago, is_fresh):
    now = datetime.now(UTC)
    provider.faults.claims = with_auth_time(None if ago is None else int((now - ago).timestamp()))

    way.sign_in()

    [session] = ask(select(UserSession))
    assert session.proved_at <= session.created_at
    answer = way.browser.get("/profile/second-factor")
    assert (answer.status_code == 200) == is_fresh
    provider.faults.claims = with_auth_time(int(time.time()))
    if not is_fresh:
        back = way.browser.get(answer.location)
        way.browser.get(way.callback(path=back.location))
        assert way.browser.get("/profile/second-factor").status_code == 200


def with_auth_time(moment):
    """Have the provider say when the person signed in there; None: it does not say."""

    def twist(claims):
        claims["auth_time"] = moment
        if moment is None:
            del claims["auth_time"]

    return twist


def test_several_tabs_may_be_on_their_way(way):
    first, second = way.callback(), way.callback()

    assert way.browser.get(first).status_code == 303
    assert way.is_signed_in()
    # Signing in clears what the browser remembered.
    assert way.browser.get(second).status_code == 400


@pytest.mark.parametrize("letters", [ascii_letters, CHINESE], ids=["latin", "chinese"])
@pytest.mark.parametrize("length", [31, 285, 390])
def test_a_cookie_of_many_long_ways_is_taken_by_every_browser(way, letters, length):
    with way.browser.session_transaction() as cookie:
        cookie["csrf_token"], cookie["mail_sent_to"] = "c" * 40, f"{'a' * 60}@x.example.org"
        cookie["_user_id"] = "u" * 43
    for number in range(4):
        target = "/tasks?q=" + "".join(random.Random(number).choices(letters, k=length))

        way.begin(f"/iam/sign-in?{urlencode({'next': target})}")

        # Name, value and attributes: browsers count some of them, and drop what is over 4096 bytes.
        assert len(way.browser.get_cookie("spd").value) < 3500


def test_the_way_back_goes_on_in_any_letters(way):
    answer = way.sign_in(path=f"/iam/sign-in?{urlencode({'next': '/tasks?q=мюон 1'})}")

    assert answer.location == "/tasks?q=%D0%BC%D1%8E%D0%BE%D0%BD%201"


def test_the_keys_may_change_without_a_restart(new_way, provider):
    assert new_way().sign_in().status_code == 303
    provider.rotate()

    way = new_way()
    answer = way.sign_in()

    assert answer.status_code == 303
    assert way.is_signed_in()


def test_keys_and_metadata_are_kept(new_way, provider):
    before = provider.reads_of_keys

    for _ in range(3):
        assert new_way().sign_in().status_code == 303

    assert provider.reads_of_keys == before + 1


def test_unknown_keys_are_looked_for_once_a_minute_at_most(new_way, provider):
    new_way().sign_in()
    provider.faults.sign = lambda header, claims: provider.signed({"kid": "unknown"}, claims)
    before = provider.reads_of_keys

    answers = [new_way().sign_in().status_code for _ in range(3)]

    assert answers == [400] * 3
    assert provider.reads_of_keys == before + 1


def test_groups_of_the_wlcg_profile_count_too(way, ask, provider):
    provider.faults.claims = lambda claims: (
        claims.pop("groups"),
        claims.update({"wlcg.groups": ["/spd/production"]}),
    )
    provider.faults.userinfo = lambda told: told.pop("groups")

    way.sign_in("physicist")

    assert ask(select(User))[0].role == "manager"


@pytest.mark.parametrize("groups", ["spd/production/admins", {"spd": 1}, [1, 2], [["spd"]], None, [None]])
def test_groups_of_a_wrong_shape_give_no_role(way, ask, provider, groups):
    provider.faults.claims = lambda claims: claims.update(groups=groups)
    provider.faults.userinfo = lambda told: told.update(groups=groups)

    way.sign_in("admin")

    assert ask(select(User))[0].role == "viewer"


def test_saying_no_leads_back_with_a_message(way, events, sessions_begun):
    answer = way.sign_in("")

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "broken off at spd-iam" in read(way.browser.get("/sign-in")).one("div", id="messages").text
    assert [event.kind for event in events()] == ["refused"]
    assert sessions_begun() == 0


def test_the_button_stands_on_the_sign_in_page_and_keeps_where_one_wanted_to_go(way):
    page = read(way.browser.get("/sign-in?next=/calls"))

    link = page.one("div", id="by-provider").one("a")
    assert (link.text, link.attributes["href"]) == ("Sign in with spd-iam", "/iam/sign-in?next=/calls")


def test_signing_out_offers_to_sign_out_there_too(way, provider):
    way.sign_in()

    answer = way.browser.post("/sign-out")
    page = read(way.browser.get(answer.location))

    assert answer.location == "/iam/signed-out"
    address = page.one("a", class_="btn btn-primary").attributes["href"]
    assert address.startswith(f"{provider.url}endsession?")
    assert parameters(address) == {
        "client_id": "spd-production",
        "post_logout_redirect_uri": "http://127.0.0.1:8080/sign-in",
    }
    assert not way.is_signed_in()


def test_signing_out_of_a_password_session_offers_nothing_more(way, sign_in):
    way.sign_in()

    assert sign_in().post("/sign-out").location == "/sign-in"


def test_a_disabled_person_is_told_whom_to_ask(way, alter, events, sessions_begun):
    way.sign_in()
    way.browser.post("/sign-out")
    alter(update(User).values(is_disabled=True))

    answer = way.sign_in()

    assert answer.status_code == 403
    assert "Ask an administrator of this service." in read(answer).one("main").text
    assert (events()[-1].kind, events()[-1].words) == ("refused", "disabled")
    assert sessions_begun() == 1


def test_signing_in_begins_a_new_session_with_a_new_cookie(app, way):
    way.browser.post("/preferences", data={"theme": "dark"})
    planted = app.test_client()
    planted.set_cookie("spd", way.browser.get_cookie("spd").value)

    way.sign_in()

    assert way.is_signed_in()
    assert planted.get("/tasks").status_code == 303


def test_a_session_by_the_provider_ends_after_its_own_time(way):
    with time_machine.travel(datetime.now(UTC)) as clock:
        way.sign_in()
        clock.shift(timedelta(hours=11))
        assert way.is_signed_in()
        clock.shift(timedelta(hours=2))

        assert not way.is_signed_in()


class TestWithoutProvider:
    @pytest.fixture
    def settings(self):
        return {}

    def test_nothing_is_offered(self, client):
        assert not read(client.get("/sign-in")).has("div", id="by-provider")

    @pytest.mark.parametrize("path", ["/iam/sign-in", "/iam/callback?code=x&state=y", "/iam/signed-out"])
    def test_its_pages_lead_to_the_password(self, client, path):
        answer = client.get(path)

        assert (answer.status_code, answer.location) == (303, "/sign-in")
