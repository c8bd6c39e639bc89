"""Who is told of an alarm, once when it begins and once when it is over."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from app.alarm_check import check_alarms
from app.models import User
from app.services.heartbeat import note_failure
from tests.jobs.mail_server import free_port
from tests.services.alarms.watch import Watch

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_when_all_is_well_nothing_is_said(watch: Watch):
    checked = watch.check()

    assert (checked.findings, checked.exit_code, watch.server.got) == ([], 0, [])


def test_an_alarm_is_mailed_when_it_begins_and_when_it_is_over_and_not_between(watch: Watch):
    watch.wait(minutes=5)
    codes = [watch.check().exit_code for _ in range(3)]
    while_it_lasts = watch.mails()
    watch.beat()

    codes += [watch.check().exit_code for _ in range(3)]

    assert codes == [1, 1, 1, 0, 0, 0]
    assert while_it_lasts == ["[spd-demo] Alarm: The scheduled work stands still"]
    assert watch.mails()[1:] == ["[spd-demo] Over: The scheduled work stands still"]


def test_an_alarm_that_comes_back_is_mailed_again(watch: Watch):
    for _ in range(2):
        watch.wait(minutes=5)
        watch.check()
        watch.beat()
        watch.check()

    assert len(watch.mails()) == 4


def test_the_mail_says_since_when_and_what_to_do(watch: Watch):
    with watch.app.app_context():
        note_failure("deliver", 2, "PandaUnavailable: <refused>", watch.now())
    watch.wait(minutes=5)

    watch.check()

    assert "Sending of tasks: it last did well 5 min ago. PandaUnavailable: <refused>" in watch.text()
    assert "See whether its program runs" in watch.text()
    assert "docs/operations.md, “no-beat”" in watch.text()


def test_what_begins_together_is_one_mail(watch: Watch):
    watch.wait(minutes=30)

    watch.check()

    assert watch.mails() == ["[spd-demo] Alarm: The scheduled work stands still, and 1 more"]
    assert "No answer came from PanDA for 30 min." in watch.text()


# --- who is told


def test_active_admins_are_told_each_in_the_own_language(watch: Watch, make_user: Callable):
    people = [make_user("admin"), make_user("admin"), make_user("admin"), make_user("manager")]
    watch.change(update(User).where(User.id == people[0].id).values(language="ru"))
    watch.change(update(User).where(User.id == people[2].id).values(is_disabled=True))
    watch.wait(minutes=5)

    watch.check()

    assert {to for to, _message in watch.server.got} == {
        people[0].email,
        people[1].email,
        "shift@example.org",
    }
    assert watch.mails(people[0].email) == ["[spd-demo] Тревога: Планировщик стоит"]
    assert watch.mails(people[1].email) == ["[spd-demo] Alarm: The scheduled work stands still"]


def test_one_that_cannot_be_told_keeps_nobody_else_from_it(watch: Watch, make_user: Callable):
    admin = make_user("admin")
    watch.server.refused["shift@example.org"] = "550 nobody here"
    watch.wait(minutes=5)

    codes = [watch.check().exit_code for _ in range(2)]

    assert codes == [1, 1]
    assert len(watch.mails(admin.email)) == 1


def test_a_mail_server_that_is_away_is_tried_again(watch: Watch, app: Flask):
    port = app.config["MAIL_PORT"]
    app.config["MAIL_PORT"] = free_port()
    watch.wait(minutes=5)
    away = [watch.check().exit_code for _ in range(2)]
    app.config["MAIL_PORT"] = port

    assert away == [2, 2]
    assert [watch.check().exit_code for _ in range(2)] == [1, 1]
    assert watch.mails() == ["[spd-demo] Alarm: The scheduled work stands still"]


def test_an_end_that_could_not_be_mailed_is_mailed_later(watch: Watch, app: Flask):
    watch.wait(minutes=5)
    watch.check()
    watch.beat()
    port = app.config["MAIL_PORT"]
    app.config["MAIL_PORT"] = free_port()
    away = watch.check().exit_code
    app.config["MAIL_PORT"] = port

    assert (away, watch.check().exit_code, watch.check().exit_code) == (2, 0, 0)
    assert watch.mails()[1:] == ["[spd-demo] Over: The scheduled work stands still"]


def test_an_alarm_that_nobody_heard_of_ends_in_silence(watch: Watch, app: Flask):
    port = app.config["MAIL_PORT"]
    app.config["MAIL_PORT"] = free_port()
    watch.wait(minutes=5)
    watch.check()
    watch.beat()
    app.config["MAIL_PORT"] = port

    assert watch.check().exit_code == 0
    assert watch.server.got == []


@on_sqlite
def test_without_anybody_to_tell_the_exit_code_says_it(watch: Watch, app: Flask, caplog):
    app.config["ALARM_MAIL_TO"] = []
    watch.wait(minutes=5)

    assert watch.check().exit_code == 1
    assert "nobody is told" in caplog.text


def test_two_checks_at_once_tell_it_once(watch: Watch, at_once: Callable):
    watch.wait(minutes=5)
    now = watch.now()

    checked = at_once(*[lambda: check_alarms(now)] * 4)

    assert [each.exit_code for each in checked] == [1] * 4
    assert len(watch.mails()) == 1
