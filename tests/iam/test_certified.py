"""Sign-in through a certified provider by other people: the npm package oidc-provider."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.models import User, UserIdentity
from tests.iam.certified_provider import PlainBrowser, certified_provider
from tests.iam.conftest import HOME, Way, parameters

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(scope="module")
def certified() -> Iterator[str]:
    with certified_provider(f"{HOME}/iam/callback") as issuer:
        yield issuer


@pytest.fixture
def settings(settings: dict, certified: str) -> dict:
    return {**settings, "IAM_ISSUER": certified, "IAM_SECONDS": 5.0}


def answer_of(way: Way, person: str = "physicist") -> str:
    return PlainBrowser().sign_in(way.begin(), person)


@pytest.mark.parametrize(
    ("person", "role"), [("physicist", "physicist"), ("admin", "admin"), ("stranger", "viewer")]
)
def test_a_person_comes_in_with_the_role_of_the_groups(way, ask, certified, person, role):
    answer = way.browser.get(answer_of(way, person))

    assert (answer.status_code, answer.location) == (303, "/tasks")
    [user] = ask(select(User))
    [identity] = ask(select(UserIdentity))
    assert (user.username, user.role) == (f"iam-{person}", role)
    assert user.email == f"{person}@iam.example.org"
    assert (identity.issuer, identity.subject) == (certified, person)


def test_it_says_who_it_is_and_must(way, certified, events):
    """RFC 9207: it promises to name itself, so an answer without its name is not from it."""
    answer = answer_of(way)
    assert parameters(answer)["iss"] == certified

    refused = way.browser.get(answer.partition("&iss=")[0])

    assert refused.status_code == 400
    assert events()[0].words.startswith("the answer comes from another issuer")


def test_it_says_when_somebody_who_is_asked_anew_signed_in(way, ask):
    way.browser.get(answer_of(way))
    assert way.browser.get("/profile/second-factor").location.startswith("/prove")

    answer = way.browser.get(answer_of(way))

    assert answer.status_code == 303
    assert way.browser.get("/profile/second-factor").status_code == 200


def test_it_refuses_a_code_that_was_used(way, new_way, events):
    answer = answer_of(way)
    with way.browser.session_transaction() as cookie:
        kept = cookie["iam"]
    assert way.browser.get(answer).status_code == 303
    thief = new_way()
    with thief.browser.session_transaction() as cookie:
        cookie["iam"] = kept

    refused = thief.browser.get(answer)

    assert refused.status_code == 400
    assert not thief.is_signed_in()
    assert events()[-1].words.startswith("the answer was used before")


def test_it_refuses_another_verifier(way, events):
    answer = answer_of(way)
    with way.browser.session_transaction() as cookie:
        cookie["iam"] = [{**cookie["iam"][0], "verifier": "w" * 64}]

    refused = way.browser.get(answer)

    assert refused.status_code == 400
    assert events()[0].words.startswith("the provider refused the code")


def test_signing_out_there_is_offered(way, certified):
    way.browser.get(answer_of(way))

    page = way.browser.get(way.browser.post("/sign-out").location)

    assert f"{certified}/session/end?client_id=" in page.text
