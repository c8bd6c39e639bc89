"""A real mail server (aiosmtpd) with the manners and the faults that a test asks for."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests import canaries

NAME = "spd"
PASSWORD = canaries.watch("the password of the mail server", "a secret of the mail server", always=True)


class _Protocol(SMTP):
    """aiosmtpd's server; it may cut the line in the middle of DATA, or never answer."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name
        if self.event_handler.fault != "dies in DATA":
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.read(20)
        self.transport.abort()


class MailServer:
    """Keeps what it gets; `fault` says what it does wrong, `refused` whom it does not know."""

    def __init__(
        self,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        *,
        is_tls_from_the_start: bool = False,
        asks_for_sign_in: bool = False,
    ):
        self.got: list[tuple[str, EmailMessage]] = []
        self.fault = ""
        self.refused: dict[str, str] = {}
        self.sign_ins: list[str] = []
        options: dict[str, Any] = {"tls_context": tls, "require_starttls": bool(tls)}
        if is_tls_from_the_start:
            options = {"ssl_context": tls}
        if asks_for_sign_in:
            options |= {"authenticator": self._check, "auth_required": True}
        self.port = port or free_port()
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def settings(self) -> dict[str, Any]:
        """Return the settings of a service that reaches it without TLS."""
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": self.port, "MAIL_SECURITY": "none"}

    def stop(self) -> None:
        with suppress(AssertionError):  # it is stopped already
            self._controller.stop()

    def _check(self, _server: object, _session: Session, _envelope: object, mechanism: str, data: object):
        assert isinstance(data, LoginPassword), mechanism
        self.sign_ins.append(mechanism)
        is_right = (data.login.decode(), data.password.decode()) == (NAME, PASSWORD)
        return AuthResult(success=is_right, handled=False)

    async def handle_RCPT(self, _server, _session, envelope: Envelope, address: str, _options):  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        if self.fault == "refuses the message":
            return "554 not this one"
        canaries.look_at("mails", message.as_string())
        self.got.append((envelope.rcpt_tos[0], message))
        if self.fault == "takes it and dies":
            server.transport.abort()
        return "250 OK"


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Protocol(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SilentServer:
    """Accepts connections and says a letter of its greeting now and then: no read of ours times out."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._is_over = False
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def _drip(self) -> None:
        with suppress(OSError):
            line, _address = self._listener.accept()
            with line:
                while not self._is_over:
                    line.sendall(b"2")
                    time.sleep(0.05)

    def stop(self) -> None:
        self._is_over = True
        self._thread.join()
        self._listener.close()
