"""Whatever the mail server does: nothing is lost, and nobody waits for the mail of others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import write_unit
from app.mail_server import MailUnavailable
from app.models import Mail, User
from app.services import mail_queue
from app.services.holding import begin_epoch
from app.services.links import Purpose
from app.services.mails import MailKind
from tests.jobs.mail.post import Post, opens, token_in
from tests.jobs.mail_server import MailServer

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_a_dead_server_loses_nothing_and_all_is_sent_when_it_is_back(
    post: Post, server: MailServer, user: User
):
    port = server.port
    server.stop()
    for _ in range(3):
        post.queue(MailKind.RESET, user)
    for _ in range(20):
        with pytest.raises(MailUnavailable):
            post.step()
        post.wait(seconds=60)
    assert post.states() == ["waiting"] * 3
    assert "ConnectionRefusedError" in (post.mails()[0].last_error or "")

    again = MailServer(port)
    for _ in range(40):
        post.wait(seconds=60)
        try:
            post.run()
        except MailUnavailable:
            continue
    again.stop()

    assert post.states() == ["sent"] * 3
    assert len(again.got) == 3
    assert all(opens(post, token_in(message), Purpose.RESET) for _to, message in again.got)


@on_sqlite
def test_a_mail_that_waits_for_its_next_try_does_not_look_well(post: Post, server: MailServer, user: User):
    port = server.port
    server.stop()
    post.queue(MailKind.RESET, user)

    for _ in range(120):  # most of the time its turn has not come again
        with pytest.raises(MailUnavailable):
            post.step()
        post.wait(seconds=1)

    again = MailServer(port)
    post.wait(seconds=900)
    post.run()
    again.stop()
    assert post.step() is False
    assert post.states() == ["sent"]


@on_sqlite
def test_a_dead_server_is_tried_more_and_more_rarely(post: Post, server: MailServer, user: User):
    server.stop()
    for _ in range(10):
        post.queue(MailKind.PASSWORD_CHANGED, user)

    for _ in range(100):  # ten minutes
        with pytest.raises(MailUnavailable):
            post.step()
        post.wait(seconds=6)

    assert sum(mail.tries for mail in post.mails()) <= 6  # after 0, 30, 90, 210, 450 s


def test_a_server_that_dies_in_the_middle_gets_the_message_again(post: Post, server: MailServer, user: User):
    server.fault = "dies in DATA"
    post.queue(MailKind.RESET, user)
    with pytest.raises(MailUnavailable, match="SMTPServerDisconnected"):
        post.step()
    assert (server.got, post.states()) == ([], ["waiting"])

    server.fault = ""
    post.wait(seconds=61)
    post.run()

    assert post.states() == ["sent"]
    assert opens(post, token_in(server.got[0][1]), Purpose.RESET)


@on_sqlite
def test_a_lost_answer_sends_the_message_twice_and_both_links_work(
    post: Post, server: MailServer, user: User
):
    server.fault = "takes it and dies"
    post.queue(MailKind.RESET, user)
    with pytest.raises(MailUnavailable):
        post.step()

    server.fault = ""
    post.wait(seconds=61)
    post.run()

    assert len(server.got) == 2
    assert all(opens(post, token_in(message), Purpose.RESET) for _to, message in server.got)


@on_sqlite
@pytest.mark.parametrize(
    ("answer", "state"), [("550 nobody here", "given_up"), ("450 come back later", "waiting")]
)
def test_a_recipient_who_is_refused_keeps_nobody_else_waiting(
    post: Post, server: MailServer, user: User, make_user: Callable[..., User], answer: str, state: str
):
    server.refused = {user.email: answer}
    post.queue(MailKind.PASSWORD_CHANGED, user)
    post.queue(MailKind.PASSWORD_CHANGED, make_user("manager", "manager"))

    post.run()

    assert post.states() == [state, "sent"]
    assert post.mails()[0].last_error == answer
    server.refused = {}
    post.wait(hours=1)
    post.run()
    assert len(server.got) == (2 if state == "waiting" else 1)


@on_sqlite
def test_a_message_the_server_does_not_like_keeps_nobody_else_waiting(
    post: Post, server: MailServer, user: User
):
    server.fault = "refuses the message"
    post.queue(MailKind.PASSWORD_CHANGED, user)

    post.run()

    assert post.states() == ["waiting"]
    assert post.mails()[0].last_error == "554 after the message"


def test_a_message_that_a_dead_process_had_in_hand_is_sent_by_the_next(
    post: Post, server: MailServer, user: User
):
    post.queue(MailKind.RESET, user)
    with post.app.app_context():  # dies between the link and the message
        lifetimes = {MailKind.RESET: timedelta(hours=1)}
        next_at = post.now() + timedelta(seconds=30)
        assert mail_queue.take(1, 0, next_at, lifetimes, post.epoch, post.now())
        assert mail_queue.take(1, 0, next_at, lifetimes, post.epoch, post.now()) is None

    post.run()
    assert server.got == []
    post.wait(seconds=31)
    post.run()

    assert post.states() == ["sent"]
    assert opens(post, token_in(server.got[0][1]), Purpose.RESET)


@on_sqlite
def test_a_message_is_given_up_after_two_days(post: Post, server: MailServer, user: User):
    server.refused = {user.email: "450 come back later"}
    post.queue(MailKind.PASSWORD_CHANGED, user)
    post.run()

    post.wait(hours=47)
    post.run()
    assert post.states() == ["waiting"]
    post.wait(hours=1)
    post.run()

    assert post.states() == ["given_up"]


@on_sqlite
def test_an_address_that_no_header_can_hold_is_given_up(post: Post, server: MailServer, user: User):
    for address in ("a@example.org\nBcc: b@example.org", "каспер@пример.рф", "a@example.org, b@example.org"):
        post.queue(MailKind.EMAIL_CHANGED, user, address=address)

    post.run()

    assert post.states() == ["given_up"] * 3
    assert server.got == []


@on_sqlite
def test_a_message_of_an_unknown_kind_keeps_no_other_waiting(post: Post, server: MailServer, user: User):
    for _ in range(2):
        post.queue(MailKind.PASSWORD_CHANGED, user)
    with post.app.app_context(), write_unit() as session:
        session.execute(update(Mail).where(Mail.id == 1).values(kind="a_newer_kind"))

    post.run()

    assert post.states() == ["given_up", "sent"]
    assert post.mails()[0].last_error == "unknown kind of mail: a_newer_kind"


@on_sqlite
def test_mail_that_nobody_waits_for_is_dropped(post: Post, server: MailServer, user: User):
    post.queue(MailKind.RESET, user, user=None, address="nobody@example.org")
    post.queue(MailKind.CONFIRM, user)  # is confirmed already
    post.queue(MailKind.PASSWORD_CHANGED, user, user=None)  # whose account is gone

    post.run()

    assert post.states() == ["dropped"] * 3
    assert server.got == []


@on_sqlite
@pytest.mark.parametrize("values", [{"is_disabled": True}, {"password_hash": None}])
def test_who_cannot_sign_in_with_a_password_gets_no_link_for_one(
    post: Post, server: MailServer, user: User, values: dict
):
    with post.app.app_context(), write_unit() as session:
        session.execute(update(User).values(**values))
    post.queue(MailKind.RESET, user, user=None)

    post.run()

    assert (post.states(), server.got) == (["dropped"], [])


def test_a_holder_that_lost_its_epoch_sends_nothing(post: Post, server: MailServer, user: User, app: Flask):
    post.queue(MailKind.RESET, user)
    with app.app_context():
        begin_epoch("another", post.now())

    post.run()

    assert (post.states(), server.got) == (["waiting"], [])
