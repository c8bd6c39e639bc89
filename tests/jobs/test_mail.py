"""Sending mail, to a real server: nothing is lost, whatever the server does, and every link works."""

import logging
import re
import ssl
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db, write_unit
from app.mail_server import MailUnavailable
from app.models import Mail, MailLink, User
from app.services import mail_queue
from app.services.holding import begin_epoch
from app.services.links import Purpose, look_at_link
from app.services.mails import MailKind, queue_mail
from jobs.mail import send_next
from jobs.worker import Worker, make_reach, make_worker
from tests.jobs.mail_server import NAME, PASSWORD, MailServer, SilentServer

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
LINK = re.compile(r"http://127\.0\.0\.1:8080(/link/\w+\?token=([\w-]+))")


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server on this machine that speaks plainly and takes everything."""
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def settings(server: MailServer) -> dict:
    return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": server.port, "MAIL_SECURITY": "none"}


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


@pytest.fixture
def post(app: Flask) -> Post:
    return Post(app)


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("physicist", "physicist")


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


class TestSlowly:
    @pytest.fixture
    def silent(self) -> Iterator[SilentServer]:
        silent = SilentServer()
        yield silent
        silent.stop()

    @pytest.fixture
    def settings(self, silent: SilentServer) -> dict:
        return {
            "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": silent.port, "MAIL_SECURITY": "none",
            "MAIL_SECONDS": 0.5,
        }  # fmt: skip

    @on_sqlite
    def test_a_server_that_never_comes_to_the_point_is_left(self, post: Post, user: User):
        post.queue(MailKind.RESET, user)

        with pytest.raises(MailUnavailable, match=r"SMTPServerDisconnected|SMTPConnectError"):
            post.step()

        assert post.states() == ["waiting"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


class TestSecurely:
    """STARTTLS and a sign-in, as on a real server."""

    @pytest.fixture
    def server(self, authority: trustme.CA) -> Iterator[MailServer]:
        server = MailServer(tls=tls_of(authority, "127.0.0.1"), asks_for_sign_in=True)
        yield server
        server.stop()

    @pytest.fixture
    def settings(self, server: MailServer, authority: trustme.CA, tmp_path: Path) -> dict:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        (tmp_path / "password").write_text(f"{PASSWORD}\n")
        return {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": server.port,
            "MAIL_CA_BUNDLE": str(tmp_path / "ca.pem"),
            "MAIL_USERNAME": NAME,
            "MAIL_PASSWORD_FILE": str(tmp_path / "password"),
        }

    @on_sqlite
    def test_mail_goes_over_starttls_after_signing_in(self, post: Post, server: MailServer, user: User):
        post.queue(MailKind.RESET, user)

        post.run()

        assert len(server.sign_ins) == len(server.got) == 1

    @on_sqlite
    def test_a_wrong_password_is_told_without_the_password(
        self, post: Post, server: MailServer, user: User, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.DEBUG)
        Path(post.app.config["MAIL_PASSWORD_FILE"]).write_text("another secret")
        post.queue(MailKind.RESET, user)

        with pytest.raises(MailUnavailable, match="SMTPAuthenticationError 535") as error:
            post.step()

        said = f"{error.value} {caplog.text} {post.mails()[0].last_error}"
        assert "another secret" not in said
        assert "YW5vdGhlciBzZWNyZXQ" not in said  # the same in base64
        assert server.got == []

    @on_sqlite
    def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
        self, post: Post, server: MailServer, user: User, tmp_path: Path
    ):
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
        post.queue(MailKind.RESET, user)

        with pytest.raises(MailUnavailable, match="SSLCertVerificationError"):
            post.step()

        assert (server.sign_ins, server.got) == ([], [])


class TestOverTls:
    """TLS from the first byte, as on port 465."""

    @pytest.fixture
    def server(self, authority: trustme.CA) -> Iterator[MailServer]:
        server = MailServer(tls=tls_of(authority, "127.0.0.1"), is_tls_from_the_start=True)
        yield server
        server.stop()

    @pytest.fixture
    def settings(self, server: MailServer, authority: trustme.CA, tmp_path: Path) -> dict:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        bundle = str(tmp_path / "ca.pem")
        return {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": server.port,
            "MAIL_SECURITY": "tls",
            "MAIL_CA_BUNDLE": bundle,
        }

    @on_sqlite
    def test_mail_goes_over_tls(self, post: Post, server: MailServer, user: User):
        post.queue(MailKind.RESET, user)

        post.run()

        assert (post.states(), len(server.got)) == (["sent"], 1)


class TestWithoutServer:
    @pytest.fixture
    def settings(self) -> dict:
        return {}

    @on_sqlite
    def test_a_demo_writes_files_that_only_the_service_can_read(
        self, post: Post, user: User, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.INFO)
        post.queue(MailKind.RESET, user, language="ru")

        post.run()

        [path] = (Path(post.app.instance_path) / "mail").iterdir()
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name in caplog.text
        assert message["Subject"] == "Задать новый пароль"
        assert "Здравствуйте, physicist!" in path.read_text()  # to be read without a mail program
        assert opens(post, token_in(message), Purpose.RESET)
