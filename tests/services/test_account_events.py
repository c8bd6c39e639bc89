"""What happens at the door leaves a row and one line in the log, whatever the browser calls itself."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.sign_in import Event, Visitor
from app.extensions import db
from app.models import AccountEvent
from app.services.account_events import forget_old_events, record_event

NAUGHTY = "Mozilla\r\n2026 INFO forged: line\x1b[31m\u2028\u202e\x00" + "x" * 500


def test_an_event_is_a_row(app_context, make_user, now):
    user, admin = make_user(), make_user("admin")

    came_from = Visitor("127.0.0.9", "curl")
    record_event(Event.ROLE_CHANGED, user, came_from, now, actor=admin, words="to physicist")

    [row] = db.session.scalars(select(AccountEvent))
    assert (row.at, row.kind, row.user_id, row.actor_id) == (now, "role_changed", user.id, admin.id)
    assert (row.words, row.address, row.browser) == ("to physicist", "127.0.0.9", "curl")


def test_an_event_may_be_about_nobody(app_context, now):
    record_event(Event.REFUSED, None, Visitor(), now)

    assert db.session.scalars(select(AccountEvent.user_id)).all() == [None]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_it_is_one_line_of_the_log_that_can_be_read_back(app_context, now, caplog, make_user):
    user = make_user()
    with caplog.at_level(logging.INFO, "spd.accounts"):
        record_event(Event.REFUSED, user, Visitor("::1", NAUGHTY), now, words=NAUGHTY)

    [record] = [record for record in caplog.records if record.name == "spd.accounts"]
    line = record.getMessage()
    assert len(line.splitlines()) == 1
    said = json.loads(line)
    assert said["user"] == user.username
    assert said["browser"].startswith("Mozilla2026 INFO forged: line[31m")
    assert len(said["browser"]) <= 200


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_line_says_when_in_utc_what_who_and_from_where(app_context, now, caplog, make_user):
    user, admin = make_user(), make_user("admin")

    came_from = Visitor("192.0.2.7", "curl")
    with caplog.at_level(logging.INFO, "spd.accounts"):
        record_event(Event.ROLE_CHANGED, user, came_from, now, actor=admin, words="to admin")

    [record] = [record for record in caplog.records if record.name == "spd.accounts"]
    assert json.loads(record.getMessage()) == {
        "at": now.isoformat(timespec="milliseconds"),
        "event": "role_changed",
        "user": user.username,
        "actor": admin.username,
        "address": "192.0.2.7",
        "browser": "curl",
        "words": "to admin",
    }
    assert now.isoformat(timespec="milliseconds").endswith("+00:00")


def test_old_events_are_forgotten(app_context, now):
    record_event(Event.REFUSED, None, Visitor(), now)
    record_event(Event.SIGNED_IN, None, Visitor(), now + timedelta(seconds=1))

    forget_old_events(now + timedelta(seconds=1))

    assert db.session.scalars(select(AccountEvent.kind)).all() == ["signed_in"]
