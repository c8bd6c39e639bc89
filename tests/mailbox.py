"""What the people of an application get by mail: the scheduled work sends it, into files as in a demo."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Flask

from app.services.holding import begin_epoch
from jobs.housekeeping import tidy_up
from jobs.mail import send_next
from jobs.worker import make_reach, make_worker
from tests import canaries

LINK = re.compile(r"http://127\.0\.0\.1:8080(/link/\w+\?token=[\w-]+)")


class Mailbox:
    """Mail of everybody; what was read is not shown again."""

    def __init__(self, app: Flask) -> None:
        self._app, self._read = app, set()
        with app.app_context():
            epoch = begin_epoch("tests", datetime.now(UTC))
        self._worker = make_worker(app.config, epoch, make_reach(app.config))

    def new(self) -> list[EmailMessage]:
        """Send what waits and return it, the oldest first."""
        with self._app.app_context():
            while send_next(self._worker, datetime.now(UTC)):
                pass
        paths = sorted(set((Path(self._app.instance_path) / "mail").glob("*.eml")) - self._read)
        self._read |= set(paths)
        messages = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        for message in messages:
            canaries.look_at("mails", message.as_string())
        return messages

    def only(self) -> EmailMessage:
        """Return the one message that came."""
        [message] = self.new()
        return message

    def link(self) -> str:
        """Return the path of the link in the one message that came."""
        return link_in(self.only())

    def tidy_up(self, now: datetime) -> None:
        """Let the housekeeping run."""
        with self._app.app_context():
            tidy_up(self._worker, now)


def link_in(message: EmailMessage) -> str:
    """Return the path of the link in a message."""
    body = message.get_body(("plain",))
    assert body is not None
    found = LINK.search(body.get_content())
    assert found, body.get_content()
    return found[1]
