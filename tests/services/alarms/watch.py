"""The check of alarms, over a service that does well until a test says otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, update
from sqlalchemy.exc import OperationalError

from app.alarm_check import Checked, check_alarms
from app.extensions import db
from app.models import Installation
from app.services.heartbeat import note_success
from app.services.installation import create_installation
from tests.jobs.mail_server import MailServer

MINUTE = timedelta(minutes=1)


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
