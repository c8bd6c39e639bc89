"""Where the token for PanDA comes from: a file kept fresh by somebody else, or an OIDC token endpoint.

Both leave no trace of a secret in their repr, in errors or in logs.
"""

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

from requests import Request

from app.network.address import checked_address, tls_context
from app.panda.errors import NoToken, PandaError
from app.panda.masking import TOKEN, Mask
from app.panda.transport import Answer, Limits, exchange

# A token is asked for anew so long before it expires, seconds, or a tenth of its life if that is shorter.
RENEW_SECONDS = 60.0
# Life of a token whose endpoint does not tell it, seconds.
UNTOLD_LIFE_SECONDS = 300.0
# A longer life is not believed.
LONGEST_LIFE_SECONDS = 366 * 86400
# Answers of a token endpoint and token files larger than this are none, bytes.
LARGEST_BYTES = 1 << 16


class TokenSource(Protocol):
    """Gives the token for the next call."""

    def get(self) -> str:
        """Return a token that is fit for a header; raise NoToken when there is none."""

    def forget(self, token: str) -> None:
        """Do not give this token again from memory: PanDA refused it."""


def checked_token(token: str) -> str:
    """Return the token without blanks around it; raise NoToken unless it fits into a header (RFC 6750)."""
    token = token.strip()
    if not TOKEN.fullmatch(token):
        problem = "is empty" if not token else "holds characters that no token has"
        msg = f"There is no token for PanDA: what should be one {problem}."
        raise NoToken(msg)
    return token


class TokenFile:
    """A token in a file. It is read for every call, so a renewed one counts at once."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"TokenFile({str(self._path)!r})"

    def get(self) -> str:
        """Return the token; raise NoToken when the file is missing, unreadable, empty or holds no token."""
        return checked_token(read_secret(self._path))

    def forget(self, token: str) -> None:
        """Do nothing: no token is remembered."""


class ClientCredentials:
    """Tokens from the token endpoint of an OIDC provider by the client-credentials grant.

    A token is used until shortly before it expires, or until PanDA refuses it. The secret is read from its
    file each time it is needed. Safe for use by several threads: only one of them asks.
    Source: RFC 6749, sections 2.3.1, 4.4 and 5.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        secret_file: str | Path,
        scope: str = "",
        ca_bundle: str | None = None,
        connect_seconds: float = 3.0,
        total_seconds: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = checked_address(token_url, with_secret=True)
        self._tls = tls_context(self._url, ca_bundle)
        self._client_id = client_id
        self._secret_file = Path(secret_file)
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._limits = Limits(connect_seconds, total_seconds, LARGEST_BYTES)
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"ClientCredentials({self._url!r}, {self._client_id!r})"

    def get(self) -> str:
        """Return a token with some life left; raise NoToken when the endpoint gives none."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._token = ""
                self._token, life_seconds = _granted(self._ask())
                self._renew_at = self._clock() + life_seconds - min(RENEW_SECONDS, life_seconds / 10)
            return self._token

    def forget(self, token: str) -> None:
        """Ask for a new token next time, unless that has been done already."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _ask(self) -> Answer:
        secret = read_secret(self._secret_file).strip()
        if not secret:
            msg = f"There is no token for PanDA: the file {self._secret_file} is empty."
            raise NoToken(msg)
        request, mask = self._request(secret)
        try:
            return exchange(request, self._limits, self._tls, mask, server="The token endpoint")
        except PandaError as error:
            # Without its cause: half an answer may hold half a token.
            msg = f"There is no token for PanDA. {error}"
            raise NoToken(msg, http_status=error.http_status) from None

    def _request(self, secret: str) -> tuple[Request, Mask]:
        pair = f"{quote(self._client_id, safe='')}:{quote(secret, safe='')}"
        basic = b64encode(pair.encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        request = Request("POST", self._url, headers=headers, data=urlencode(self._form))
        return request, Mask(secret, basic)


def read_secret(path: Path) -> str:
    """Return what the file holds; raise NoToken when it cannot be read or is too large for a secret."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            msg = f"There is no token for PanDA: the file {path} is too large to be one."
            raise NoToken(msg)
        return content.decode("ascii")
    except UnicodeDecodeError:
        msg = f"There is no token for PanDA: the file {path} holds characters that no token has."
        raise NoToken(msg) from None
    except OSError as error:
        msg = f"There is no token for PanDA: the file {path} cannot be read ({error.strerror})."
        raise NoToken(msg) from error


def _granted(answer: Answer) -> tuple[str, float]:
    """Return the token and its life in seconds. Errors quote nothing but the code of RFC 6749, 5.2."""
    try:
        fields = json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    token = fields.get("access_token")
    if answer.http_status != 200 or not isinstance(token, str):
        code = fields.get("error")
        known = isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code)
        why = f"HTTP {answer.http_status}" + (f", {code}" if known else "")
        msg = f"There is no token for PanDA: the token endpoint gave none ({why})."
        raise NoToken(msg, http_status=answer.http_status)
    return checked_token(token), _life_seconds(fields.get("expires_in"))


def _life_seconds(told: object) -> float:
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told <= LONGEST_LIFE_SECONDS:
        return float(told)
    return UNTOLD_LIFE_SECONDS
