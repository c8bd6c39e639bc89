"""The look for secrets finds them: in an answer, in a table, in a line of the log, in a mail."""

import logging

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import db
from app.models import User
from tests import canaries

SECRET = "a canary of tests"


def test_in_an_answer():
    canaries.watch("a canary", SECRET)
    app = Flask("bare")
    app.test_client_class = canaries.Browser
    app.add_url_rule("/", "home", lambda: f"<p>{SECRET}</p>")

    with pytest.raises(AssertionError, match="GET / shows"):
        app.test_client().get("/")


def test_in_a_table(app, make_user):
    canaries.watch("a canary", SECRET)
    make_user()

    with app.app_context():
        db.session.execute(update(User).values(first_name=f"x{SECRET}x"))
        db.session.commit()
    with pytest.raises(AssertionError, match="the table user holds"):
        canaries.check_tables(app)
    with app.app_context():  # or this test would fail, too
        db.session.execute(update(User).values(first_name=""))
        db.session.commit()


@pytest.mark.shows_secrets
def test_in_a_line_of_the_log_and_in_a_mail():
    with pytest.raises(AssertionError) as found, canaries.reading_logs():  # noqa: PT012  it fails at its end
        canaries.watch("a canary", SECRET)
        logging.getLogger("tests").warning("it is %s", SECRET)
        canaries.look_at("mails", f"Dear {SECRET}")

    assert "a canary in lines of logs" in str(found.value)
    assert "a canary in mails" in str(found.value)
