"""`flask alarm check`: who is told what, once when it begins and once when it is over."""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, event, select, update
from sqlalchemy.exc import OperationalError

from app.alarm_check import Checked, check_alarms
from app.alarm_memory import NAME
from app.domain.alarm import AlarmKind
from app.extensions import db
from app.models import Alarm, Installation, ScheduledWork, Task, User
from app.services.heartbeat import note_failure, note_success
from app.services.installation import create_installation, pause_delivery, resume_delivery
from tests.jobs.mail_server import MailServer, free_port

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def settings(server: MailServer) -> dict:
    return {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": server.port,
        "MAIL_SECURITY": "none",
        "ALARM_MAIL_TO": ["shift@example.org"],
    }


@contextmanager
def without_database(app: Flask, words: str = "") -> Iterator[None]:
    """Have every statement that holds these words fail, as when the server is away or the disk is full."""

    def fail(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if words in statement:
            raise OperationalError("", {}, Exception("the connection is lost"))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    yield
    event.remove(engine, "before_cursor_execute", fail)


class Watch:
    """The check, and a service whose every part does well until a test says otherwise."""

    def __init__(self, app: Flask, server: MailServer) -> None:
        self.app, self.server, self.ahead = app, server, timedelta(0)
        with app.app_context():
            create_installation("spd-demo")
        self.beat()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def beat(self) -> None:
        """All work does well, and PanDA answers."""
        self.work()
        self.change(update(Installation).values(panda_answered_at=self.now()))

    def work(self) -> None:
        with self.app.app_context():
            note_success("deliver", 2, self.now())

    def change(self, statement: Any) -> None:
        with self.app.app_context():
            db.session.execute(statement)
            db.session.commit()

    def wait(self, minutes: float) -> None:
        self.ahead += minutes * MINUTE

    def check(self) -> Checked:
        with self.app.app_context():
            return check_alarms(self.now())

    def kinds(self) -> list[str]:
        return [finding.kind.value for finding in self.check().findings]

    def mails(self, address: str = "shift@example.org") -> list[str]:
        """Return the subjects that one address got."""
        return [message["Subject"] for to, message in self.server.got if to == address]

    def text(self) -> str:
        message: EmailMessage = self.server.got[-1][1]
        return message.get_body(("plain",)).get_content()


@pytest.fixture
def watch(app: Flask, server: MailServer) -> Watch:
    return Watch(app, server)


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


def test_work_that_never_ran_is_an_alarm(watch: Watch):
    watch.change(delete(ScheduledWork))

    assert watch.kinds() == ["no-beat"]


def test_a_panda_that_does_not_answer_is_an_alarm(watch: Watch):
    watch.wait(minutes=9)
    watch.work()
    before = watch.kinds()
    watch.wait(minutes=2)
    watch.work()

    assert (before, watch.kinds()) == ([], ["panda"])
    assert "No answer came from PanDA for 11 min." in watch.text()


@pytest.mark.parametrize(
    ("state", "minutes", "kind"),
    [("queued", 60, "waiting"), ("unknown", 120, "undecided"), ("held", 120, "undecided")],
)
def test_what_lasts_too_long_is_an_alarm(
    watch: Watch, make_task: Callable, state: str, minutes: int, kind: str
):
    make_task(state)
    watch.wait(minutes=minutes - 1)
    watch.beat()
    before = watch.kinds()
    watch.wait(minutes=2)
    watch.beat()

    assert (before, watch.kinds()) == ([], [kind])


def test_a_child_that_waits_for_its_parent_is_no_alarm(watch: Watch, make_task: Callable):
    parent, child = make_task("submitted"), make_task("queued")
    watch.change(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    watch.wait(minutes=100)
    watch.beat()
    before = watch.kinds()

    watch.change(update(Task).where(Task.id == parent.id).values(shown_state="done"))

    assert (before, watch.kinds()) == ([], ["waiting"])


def test_a_pause_is_an_alarm_with_its_reason(watch: Watch, app: Flask):
    with app.app_context():
        pause_delivery("access", "no production role", watch.now())
    first = watch.kinds()
    text = watch.text()
    with app.app_context():
        resume_delivery()

    assert (first, watch.kinds()) == (["paused"], [])
    assert "PanDA does not accept our credentials." in text
    assert "no production role" in text


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


@pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite lets one write at a time
def test_an_alarm_that_another_check_writes_down_just_now_is_no_failure(
    watch: Watch, app: Flask, at_once: Callable
):
    watch.wait(minutes=5)
    now = watch.now()
    with app.app_context():
        engine = db.engine
    others: list[Any] = []

    def check_first(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO alarm") and not others:
            others.append(None)
            others.extend(at_once(lambda: check_alarms(now)))

    event.listen(engine, "before_cursor_execute", check_first)
    with app.app_context():
        checked = check_alarms(now)
    event.remove(engine, "before_cursor_execute", check_first)

    assert [each.exit_code for each in (checked, others[1])] == [1, 1]
    assert len(watch.mails()) == 1


# --- the database is what is away


def test_a_database_that_is_away_is_told_once_and_its_return_too(
    watch: Watch, app: Flask, make_user: Callable
):
    admin = make_user("admin")
    watch.check()

    with without_database(app):
        away = [watch.check() for _ in range(3)]
    back = [watch.check().exit_code for _ in range(2)]

    assert [each.exit_code for each in away] == [2, 2, 2]
    assert [finding.kind for finding in away[0].findings] == [AlarmKind.DATABASE]
    assert back == [0, 0]
    assert watch.mails(admin.email) == [
        "[spd-demo] Alarm: The database does not answer",
        "[spd-demo] Over: The database does not answer",
    ]


def test_a_database_that_takes_nothing_is_told(watch: Watch, app: Flask):
    watch.wait(minutes=5)

    with without_database(app, "INSERT INTO alarm"):
        codes = [watch.check().exit_code for _ in range(2)]

    assert codes == [2, 2]
    assert watch.mails() == ["[spd-demo] Alarm: The database does not answer"]


@on_sqlite
def test_a_disk_that_takes_nothing_is_told_now_and_then(watch: Watch, app: Flask):
    watch.check()
    folder = app.config["INSTANCE"]
    app.config["INSTANCE"] = f"{folder}/nowhere"
    watch.ahead += timedelta(minutes=30) - timedelta(minutes=watch.now().minute % 30)

    with without_database(app):
        for _ in range(31):
            watch.check()
            watch.wait(minutes=1)

    assert len(watch.mails()) == 2


@on_sqlite
def test_who_is_told_is_kept_for_nobody_else_to_read(watch: Watch, make_user: Callable, tmp_path):
    make_user("admin")
    watch.check()

    assert stat.S_IMODE((tmp_path / "instance" / NAME).stat().st_mode) == 0o600


def test_the_command_says_it_and_answers_with_the_code(watch: Watch, app: Flask):
    quiet = app.test_cli_runner().invoke(args=["alarm", "check"])
    watch.change(update(ScheduledWork).values(last_good_at=watch.now() - 7 * MINUTE))

    loud = app.test_cli_runner().invoke(args=["alarm", "check"])

    assert (quiet.exit_code, quiet.output) == (0, "All is well.\n")
    assert (loud.exit_code, loud.output) == (1, "no-beat: Sending of tasks: it last did well 7 min ago.\n")


def test_what_is_on_stands_in_a_table(watch: Watch, app: Flask):
    watch.wait(minutes=5)
    watch.check()

    with app.app_context():
        [row] = db.session.scalars(select(Alarm))
        assert (row.kind, row.words) == ("no-beat", "Sending of tasks: it last did well 5 min ago.")
        assert row.mailed_at is not None
