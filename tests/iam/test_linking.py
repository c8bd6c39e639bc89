"""The page that links an account of this service with one at the provider."""

import pytest
from sqlalchemy import select

from app.models import UserIdentity
from app.views import identities
from tests.iam.conftest import Way, parameters
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
PAGE = "/profile/identities"


@pytest.fixture
def local(sign_in):
    """The way of a browser that somebody signed in to with a password."""
    return Way(sign_in("viewer"))


def go_on(way):
    """Press the button; return the provider's address that the next page leads to."""
    answer = way.browser.post(f"{PAGE}/link")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/link")
    page = read(way.browser.get(answer.location))
    address = page.one("main").one("a").attributes["href"]
    assert page.one("meta", http_equiv="refresh").attributes["content"] == f"0;url={address}"
    assert parameters(address)["prompt"] == "login"
    return address


def link(way, person="physicist"):
    return way.browser.get(way.at_provider(go_on(way), person))


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_an_account_is_linked_and_unlinked(local, new_way, ask):
    answer = link(local)

    assert (answer.status_code, answer.location) == (303, PAGE)
    page = read(local.browser.get(PAGE))
    assert "You can sign in through spd-iam now." in page.one("div", id="messages").text
    assert "spd, spd/physicists" in page.one("main").text
    other = new_way()
    other.sign_in("physicist")
    assert other.browser.get("/tasks").status_code == 200
    [identity] = ask(select(UserIdentity))
    assert identity.user_id == local.browser.user.id

    answer = local.browser.post(f"{PAGE}/{identity.id}/unlink")

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert ask(select(UserIdentity)) == []
    assert not other.is_signed_in()
    assert local.is_signed_in()
    assert local.browser.post(f"{PAGE}/{identity.id}/unlink").status_code == 404


def test_linking_and_unlinking_are_told_by_mail(local, mailbox, ask):
    link(local)
    linked = mailbox.only()
    [identity] = ask(select(UserIdentity))

    local.browser.post(f"{PAGE}/{identity.id}/unlink")
    removed = mailbox.only()

    assert linked["To"] == removed["To"] == local.browser.user.email
    assert "can be signed in to through spd-iam from now on." in text_of(linked)
    assert "at spd-iam leads to your account no more." in text_of(removed)


def test_linking_that_changes_nothing_sends_nothing(local, mailbox):
    link(local)
    mailbox.only()

    link(local)

    assert mailbox.new() == []


def test_the_identity_of_another_account_in_use_is_refused(local, new_way, ask, make_task, sign_in):
    other = Way(sign_in("physicist"))
    link(other)

    answer = link(local)

    assert answer.location == PAGE
    said = read(local.browser.get(PAGE)).one("div", id="messages").text
    assert "This spd-iam account belongs to another account" in said
    assert [identity.user_id for identity in ask(select(UserIdentity))] == [other.browser.user.id]


def test_the_identity_of_somebody_else_cannot_be_unlinked(local, new_way, ask):
    new_way().sign_in("physicist")
    [identity] = ask(select(UserIdentity))

    answer = local.browser.post(f"{PAGE}/{identity.id}/unlink")

    assert answer.status_code == 404
    assert len(ask(select(UserIdentity))) == 1


def test_the_only_way_to_sign_in_stays(way, ask):
    way.sign_in()
    [identity] = ask(select(UserIdentity))
    assert not read(way.browser.get(PAGE)).one("main").has("form")

    way.browser.post(f"{PAGE}/{identity.id}/unlink")

    assert len(ask(select(UserIdentity))) == 1
    assert "Without a password" in read(way.browser.get(PAGE)).one("div", id="messages").text


def test_an_answer_for_another_session_links_nothing(local, new_way, ask, make_user, sign_in):
    """The account asked for it, then somebody else signed in to the same browser."""
    answer = local.at_provider(go_on(local))
    with local.browser.session_transaction() as cookie:
        kept = cookie["iam"]
    stranger = Way(sign_in("viewer"))
    with stranger.browser.session_transaction() as cookie:
        cookie["iam"] = kept

    refused = stranger.browser.get(answer)

    assert refused.status_code == 400
    assert ask(select(UserIdentity)) == []


def test_signing_out_meanwhile_links_nothing_and_signs_nobody_in(local, ask, sessions_begun):
    answer = local.at_provider(go_on(local))
    with local.browser.session_transaction() as cookie:
        kept = cookie["iam"]
    local.browser.post("/sign-out")
    with local.browser.session_transaction() as cookie:
        cookie["iam"] = kept
    before = sessions_begun()

    refused = local.browser.get(answer)

    assert refused.status_code == 400
    assert sessions_begun() == before
    assert ask(select(UserIdentity)) == []


def test_what_was_begun_to_sign_in_links_nothing(local, ask):
    """Somebody follows a foreign link to sign in: the session changes, the account keeps its identities."""
    local.sign_in("manager")

    assert [identity.user_id for identity in ask(select(UserIdentity))] != [local.browser.user.id]


def test_both_changes_ask_for_a_fresh_proof(database_kind):
    assert identities.link.needs_proof
    assert identities.unlink.needs_proof


@pytest.mark.parametrize("path", [f"{PAGE}/link", PAGE])
def test_without_a_begun_link_there_is_only_the_page(local, path):
    answer = local.browser.get(path)

    assert answer.status_code in (200, 303)
    assert answer.location in (None, PAGE)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_speaks_the_readers_language(local, language):
    link(local)

    page = read(local.browser.get(PAGE, headers={"Accept-Language": language}))

    title = {"en": "Sign-in through spd-iam", "ru": "Вход через spd-iam"}[language]
    assert page.one("main").one("h2").text == title
