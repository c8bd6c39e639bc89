"""A message that is sent: whole, in the language of its reader, its link known to nobody else."""

import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.extensions import db, write_unit
from app.models import Mail, MailLink, User
from app.services.links import Purpose
from app.services.mails import MailKind
from tests.jobs.mail.post import LINK, Post, opens, texts_of, token_in
from tests.jobs.mail_server import MailServer

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_a_message_arrives_whole_and_in_both_forms(post: Post, server: MailServer, user: User):
    post.queue(MailKind.RESET, user)

    post.run()

    [(recipient, message)] = server.got
    assert (recipient, message["To"]) == ("physicist@example.org", "physicist@example.org")
    assert message["Subject"] == "Set a new password"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@127.0.0.1>")
    assert abs(message["Date"].datetime - post.now()) < timedelta(minutes=1)
    plain, html = texts_of(message)
    for text in (plain, html):
        assert "Hello physicist," in text
        assert LINK.search(text)
        assert "within 60 minutes" in text
    assert opens(post, token_in(message), Purpose.RESET)
    assert post.states() == ["sent"]


@on_sqlite
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_text_makes_its_way_in_both_languages(
    post: Post, server: MailServer, user: User, language: str
):
    with post.app.app_context(), write_unit() as session:
        values = {"language": language, "email_confirmed_at": None}
        session.execute(update(User).values(**values))
    for kind in MailKind:
        post.queue(kind, user, language="en")  # the person's own choice counts more

    post.run()

    assert len(server.got) == len(MailKind)
    for _recipient, message in server.got:
        for text in (message["Subject"], *texts_of(message)):
            assert bool(re.search("[а-яё]", text)) == (language == "ru")
            assert "%(" not in text


@on_sqlite
def test_a_message_about_the_second_factor_tells_what_was_done(post: Post, server: MailServer, user: User):
    told = {
        "on": "was switched on for your account",
        "codes": "new recovery codes were made",
        "off": "was switched off",
        "removed": "an administrator removed the second factor",
    }
    for change in told:  # all sent at once: how things are then is the same for each
        post.queue(MailKind.SECOND_FACTOR_CHANGED, user, change=change)

    post.run()

    for (_recipient, message), words in zip(server.got, told.values(), strict=True):
        assert words in texts_of(message)[0].replace("\n", " ")


@on_sqlite
def test_names_that_a_stranger_chose_stand_in_no_mail(post: Post, server: MailServer, user: User):
    with post.app.app_context(), write_unit() as session:
        session.execute(update(User).values(first_name="Buy <b>now</b>", email_confirmed_at=None))
    post.queue(MailKind.CONFIRM, user)

    post.run()

    assert "Buy" not in server.got[0][1].as_string()


def test_the_token_of_a_link_is_nowhere_but_in_the_mail(
    post: Post, server: MailServer, user: User, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    post.queue(MailKind.RESET, user)

    post.run()

    token = token_in(server.got[0][1])
    with post.app.app_context():
        rows = [*db.session.scalars(select(MailLink)), *db.session.scalars(select(Mail))]
        stored = " ".join(str(vars(row)) for row in rows)
    assert len(token) >= 43
    assert token not in stored
    assert token not in caplog.text
