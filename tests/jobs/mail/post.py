"""Mail of the scheduled work, one step at a time, and what stands in a message."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from flask import Flask
from sqlalchemy import select

from app.extensions import db, write_unit
from app.models import Mail, User
from app.services.holding import begin_epoch
from app.services.links import Purpose, look_at_link
from app.services.mails import MailKind, queue_mail
from jobs.mail import send_next
from jobs.worker import Worker, make_reach, make_worker

LINK = re.compile(r"http://127\.0\.0\.1:8080(/link/\w+\?token=([\w-]+))")


class Post:
    """The scheduled work of mail, one step at a time, with a clock of its own."""

    def __init__(self, app: Flask) -> None:
        self.app, self.ahead = app, timedelta(0)
        with app.app_context():
            self.epoch = begin_epoch("tests", self.now())
        self.worker = self._new_worker()

    def _new_worker(self) -> Worker:
        worker = make_worker(self.app.config, self.epoch, make_reach(self.app.config))
        worker.clock = lambda: 1000.0 + self.ahead.total_seconds()
        return worker

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)

    def step(self) -> bool:
        with self.app.app_context():
            return send_next(self.worker, self.now())

    def run(self) -> None:
        """Send all that is due."""
        for _ in range(100):
            if not self.step():
                return
        raise TimeoutError

    def queue(self, kind: MailKind, about: User, **wanted: object) -> None:
        given = {"address": about.email, "language": "en", "user": about} | wanted
        with self.app.app_context(), write_unit() as session:
            queue_mail(session, kind, now=self.now(), **given)

    def mails(self) -> list[Mail]:
        with self.app.app_context():
            return list(db.session.scalars(select(Mail).order_by(Mail.id)))

    def states(self) -> list[str]:
        return [mail.state for mail in self.mails()]


def texts_of(message: EmailMessage) -> tuple[str, str]:
    """Return the plain text and the HTML of a message."""
    parts = (message.get_body((kind,)) for kind in ("plain", "html"))
    plain, html = (part.get_content() for part in parts if part is not None)
    return plain, html


def token_in(message: EmailMessage) -> str:
    found = LINK.search(texts_of(message)[0])
    assert found
    return found[2]


def opens(post: Post, token: str, purpose: Purpose) -> bool:
    with post.app.app_context():
        return look_at_link(token, purpose, post.now()) is not None
