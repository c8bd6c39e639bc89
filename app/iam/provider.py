"""The identity provider, as the pages use it: begin a sign-in, finish it, leave."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import Key

from app.domain.identity import Identity
from app.iam.attempt import Answer, Attempt, new_attempt
from app.iam.claims import identity_of
from app.iam.conversation import Conversation, Deadline
from app.iam.errors import Reason, Refused, Unavailable
from app.iam.id_token import IdTokenCheck, check_asked_anew
from app.iam.keys import Keys
from app.iam.metadata import Metadata, address_of_metadata, checked_metadata
from app.network.address import tls_context

# Metadata and keys are read again after this long, seconds.
KEPT_SECONDS = 3600.0
# A token with an unknown key makes us read the keys again, at most this often, seconds.
REREAD_SECONDS = 60.0
# A slow provider may hold so many threads of this process; more people are told at once that it is slow.
MOST_AT_ONCE = 4
WAIT_FOR_TURN_SECONDS = 0.5
# What a token may hold to be sent in a header (RFC 6750, section 2.1).
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True)
class IamSettings:
    """What the settings say about the provider and our client there."""

    issuer: str
    client_id: str
    client_secret_file: str
    redirect_uri: str
    scopes: str
    algorithms: tuple[str, ...]
    ca_bundle: str
    seconds: float


@dataclass
class _Kept:
    """Something read from the provider, and when."""

    value: Any = None
    read_at: float = -KEPT_SECONDS


class Provider:
    """One provider; safe for use by several threads. What it said of itself is kept for an hour."""

    def __init__(self, settings: IamSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raise ValueError when the certificates cannot be read."""
        self._settings = settings
        self._clock = clock
        self._tls = tls_context("https://any.host", settings.ca_bundle)
        self._check = IdTokenCheck(settings.issuer, settings.client_id, settings.algorithms)
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._metadata = _Kept()
        self._keys = _Kept()
        self._reread_at = -REREAD_SECONDS

    def __repr__(self) -> str:
        return f"<Provider {self._settings.issuer}>"

    def begin(self, now: datetime, *, asks_anew: bool = False) -> tuple[str, Attempt]:
        """Return where to send the browser, and what to remember; raise Unavailable or Refused.

        asks_anew: the provider shall not take its own session for an answer.
        """
        attempt = new_attempt(now, asks_anew=asks_anew)
        return self.address_of(attempt), attempt

    def address_of(self, attempt: Attempt) -> str:
        """Return where to send the browser for this attempt; raise Unavailable or Refused."""
        more = {"prompt": "login", "max_age": "0"} if attempt.asks_anew else {}
        with self._conversation() as talk:
            address, _state = talk.create_authorization_url(
                self._read_metadata(talk).authorization_endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **more,
            )
        return str(address)

    def finish(self, attempt: Attempt, answer: Answer, now: datetime) -> Identity:
        """Return who came back. Raise Refused, Declined or Unavailable; the attempt is spent in any case."""
        attempt.check_age(now)
        with self._conversation() as talk:
            metadata = self._read_metadata(talk)
            answer.check(metadata.issuer, names_issuer=metadata.names_issuer)
            try:
                return self._told(talk, metadata, attempt, answer, now)
            except Unavailable:
                self._metadata = _Kept()  # its addresses may have moved
                raise

    def sign_out_address(self, back_to: str) -> str | None:
        """Return where to sign out at the provider, if it has told; asks nobody. back_to: a page of ours."""
        metadata = self._metadata.value
        if metadata is None or metadata.end_session_endpoint is None:
            return None
        query = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back_to}
        return f"{metadata.end_session_endpoint}?{urlencode(query)}"

    def _told(
        self, talk: Conversation, metadata: Metadata, attempt: Attempt, answer: Answer, now: datetime
    ) -> Identity:
        talk.client_secret = _read_secret(self._settings.client_secret_file)
        talk.token_endpoint_auth_method = metadata.client_method
        tokens = talk.exchange_code(metadata.token_endpoint, answer.code, attempt.verifier)
        access_token = tokens.get("access_token")
        if not isinstance(access_token, str) or not _BEARER.fullmatch(access_token):
            raise Refused(Reason.WRONG_SHAPE)

        def find_key(key_id: object) -> Key | None:
            return self._find_key(talk, metadata, key_id)

        claims = self._check.claims(tokens.get("id_token"), access_token, attempt.nonce, find_key, now)
        if attempt.asks_anew:
            check_asked_anew(claims, attempt.begun_at)
        return identity_of(claims, talk.read_about_person(metadata.userinfo_endpoint, access_token))

    @contextmanager
    def _conversation(self) -> Iterator[Conversation]:
        settings = self._settings
        if not self._turns.acquire(timeout=WAIT_FOR_TURN_SECONDS):
            raise Unavailable("too many wait for it")
        try:
            with Conversation(
                Deadline(settings.seconds),
                self._tls,
                client_id=settings.client_id,
                scope=settings.scopes,
                redirect_uri=settings.redirect_uri,
            ) as talk:
                yield talk
        finally:
            self._turns.release()

    def _read_metadata(self, talk: Conversation) -> Metadata:
        kept = self._metadata
        if self._clock() - kept.read_at >= KEPT_SECONDS:
            document = talk.read(address_of_metadata(self._settings.issuer))
            kept = _Kept(checked_metadata(document, self._settings.issuer), self._clock())
            self._metadata = kept
        metadata: Metadata = kept.value
        return metadata

    def _find_key(self, talk: Conversation, metadata: Metadata, key_id: object) -> Key | None:
        """Return a key, or None. The keys are read again when they are old, or when it is not among them."""
        is_old = self._clock() - self._keys.read_at >= KEPT_SECONDS
        if is_old or (self._keys.value.find(key_id) is None and self._may_reread()):
            self._read_keys(talk, metadata)
        found: Key | None = self._keys.value.find(key_id)
        return found

    def _read_keys(self, talk: Conversation, metadata: Metadata) -> None:
        self._keys = _Kept(Keys(talk.read(metadata.jwks_uri)), self._clock())

    def _may_reread(self) -> bool:
        is_time = self._clock() - self._reread_at >= REREAD_SECONDS
        if is_time:
            self._reread_at = self._clock()
        return is_time


def _read_secret(path: str) -> str:
    """Return our client's secret, read each time: a new one counts at once."""
    try:
        return Path(path).read_text().strip()
    except (OSError, ValueError):
        raise Refused(Reason.CLIENT_REFUSED) from None
