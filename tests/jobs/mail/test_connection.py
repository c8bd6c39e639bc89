"""How the mail server is reached: slowly, with STARTTLS, over TLS, or not at all."""

import logging
import ssl
import stat
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import trustme

from app.mail_server import MailUnavailable
from app.models import User
from app.services.links import Purpose
from app.services.mails import MailKind
from tests.jobs.mail.post import Post, opens, token_in
from tests.jobs.mail_server import NAME, PASSWORD, MailServer, SilentServer

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


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
