"""Hand messages to the mail server; a demo without one writes them into files."""

import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# "Try again later, I am closing": said instead of an answer about the recipient.
CLOSING = 421
LONGEST_WORDS = 200


class MailUnavailable(Exception):
    """The mail server was not reached, or takes nothing from us. Try again later."""


class RecipientRefused(Exception):
    """The server does not take this one message. is_permanent: it never will."""

    def __init__(self, words: str, *, is_permanent: bool) -> None:
        super().__init__(words)
        self.is_permanent = is_permanent


@dataclass(frozen=True)
class ServerSettings:
    """Where the server is and how we sign in; security is starttls, tls or none. seconds: for all of it."""

    host: str
    port: int
    security: str
    username: str
    password_file: str
    ca_bundle: str
    seconds: float
    sender: str
    own_name: str

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ServerSettings":
        """Read them from config.py."""
        return cls(
            host=config["MAIL_SERVER"],
            port=config["MAIL_PORT"],
            security=config["MAIL_SECURITY"],
            username=config["MAIL_USERNAME"],
            password_file=config["MAIL_PASSWORD_FILE"],
            ca_bundle=config["MAIL_CA_BUNDLE"],
            seconds=config["MAIL_SECONDS"],
            sender=parseaddr(config["MAIL_FROM"])[1],
            own_name=urlsplit(config["PUBLIC_URL"]).hostname or "localhost",
        )


def send(message: EmailMessage, recipient: str, settings: ServerSettings) -> None:
    """Hand one message over, over a connection of its own.

    Return only when the server has taken it. Raise MailUnavailable or RecipientRefused; of what the server
    answers to our password nothing is told on.
    """
    try:
        with _connection(settings) as server:
            server.sendmail(settings.sender, [recipient], message.as_bytes())
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        if code == CLOSING:
            raise MailUnavailable(_where(settings, f"{code}")) from None
        words = f"{code} {answer.decode(errors='replace')}"[:LONGEST_WORDS]
        raise RecipientRefused(words, is_permanent=code >= 500) from None
    except smtplib.SMTPDataError as error:  # something about this message: others may pass
        words = f"{error.smtp_code} after the message"
        raise RecipientRefused(words, is_permanent=False) from None
    except smtplib.SMTPResponseException as error:
        raise MailUnavailable(_where(settings, f"{type(error).__name__} {error.smtp_code}")) from None
    except (OSError, ValueError) as error:  # every other error of smtplib, ssl and socket
        raise MailUnavailable(_where(settings, _plain_words(error))) from None


def write_file(message: EmailMessage, path: Path) -> None:
    """Write a message into a file of its own that nobody else can read; it appears there whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(message.as_bytes())
    draft.replace(path)


class _Limit:
    """Cuts a connection when its time is over: smtplib's own limit is for each read anew."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._line: socket.socket | None = None

    def watch(self, line: socket.socket) -> None:
        """Keep a second handle on the connection: TLS takes the first one away."""
        self._line = line.dup()

    def __enter__(self) -> "_Limit":
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        if self._line is not None:
            self._line.close()

    def _cut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


class _Connection(smtplib.SMTP):
    """smtplib's connection, under a limit, and over TLS from the start where that is wanted."""

    def __init__(self, settings: ServerSettings, limit: _Limit) -> None:
        self._settings, self._limit = settings, limit
        super().__init__(
            settings.host, settings.port, local_hostname=settings.own_name, timeout=settings.seconds
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        self._limit.watch(line)
        if self._settings.security == "tls":
            return _tls_context(self._settings).wrap_socket(line, server_hostname=host)
        return line


@contextmanager
def _connection(settings: ServerSettings) -> Iterator[smtplib.SMTP]:
    """Yield a connection that is secure and signed in; it is cut when the time is over."""
    with _Limit(settings.seconds) as limit, closing(_Connection(settings, limit)) as server:
        if settings.security == "starttls":
            server.starttls(context=_tls_context(settings))
        if settings.username:
            server.login(settings.username, Path(settings.password_file).read_text().strip())
        yield server
        with suppress(OSError):
            server.quit()  # the message is taken, whatever comes of this


def _tls_context(settings: ServerSettings) -> ssl.SSLContext:
    bundle = settings.ca_bundle
    if not bundle:
        return ssl.create_default_context()
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def _where(settings: ServerSettings, words: str) -> str:
    return f"the mail server {settings.host}:{settings.port} does not take mail: {words}"


def _plain_words(error: Exception) -> str:
    """Say what failed in words of our own machine; what a server answered may hold anything."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else ""
    is_ours = said and not isinstance(error, smtplib.SMTPException)
    return f"{type(error).__name__} ({said})" if is_ours else type(error).__name__
