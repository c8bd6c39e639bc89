"""All that is said to the provider in one sign-in: within one time limit, and never anywhere else."""

import io
import json
import ssl
import time
from contextlib import closing
from http.client import HTTPException
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from app.iam.errors import Reason, Refused, Unavailable
from app.network.connection import WatchedAdapter
from app.network.watch import Watch

# Answers are small: metadata and keys some kB, a token of somebody in many groups some ten. Bytes.
LARGEST_ANSWER = 1 << 18
_PIECE = 1 << 14
_SPARE_SECONDS = 5.0


class Deadline:
    """The end of the time for one sign-in, whatever number of calls it takes."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return what remains, seconds; raise Unavailable when nothing does."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unavailable("it took too long")
        return left


class LimitedAdapter(HTTPAdapter):
    """Sends each request over a connection of its own, and gives it what remains of the time.

    The whole answer is read here, so that its size and its time are limited for whoever asked. An answer
    that leads elsewhere is refused: what we send are secrets.
    """

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        super().__init__(max_retries=0)
        self._deadline = deadline
        self._tls = tls

    def send(self, request: PreparedRequest, *_args: Any, **_kwargs: Any) -> Response:
        """Return the complete answer; raise Unavailable or Refused."""
        watch = Watch(self._deadline.left())
        watch.start()
        try:
            response = self._exchange(request, watch)
        except (RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            why = "it took too long" if watch.expired else type(error).__name__
            raise Unavailable(why) from None  # the cause may quote the request
        finally:
            watch.stop()
        if watch.expired:  # a connection that was shut may look like the end of an answer
            raise Unavailable("it took too long")
        return response

    def _exchange(self, request: PreparedRequest, watch: Watch) -> Response:
        left = watch.seconds_left()
        with (
            closing(WatchedAdapter(watch, self._tls)) as adapter,
            closing(adapter.send(request, stream=True, timeout=(left, left + _SPARE_SECONDS))) as response,
        ):
            if 300 <= response.status_code < 400:
                raise Refused(Reason.REDIRECTED)
            body = _whole_body(response)
        response.raw = io.BytesIO(body)
        return response


def _whole_body(response: Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(Reason.WRONG_SHAPE)  # we ask for plain answers; a packed one may grow without end
    body = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=False):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Refused(Reason.TOO_LARGE)
    return bytes(body)


class Conversation(OAuth2Session):
    """Authlib's client session, held to our limits: no redirects, no proxies, nothing of the environment."""

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext | None, **client: Any) -> None:
        super().__init__(code_challenge_method="S256", **client)
        self.trust_env = False
        self.max_redirects = 0
        self.headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        adapter = LimitedAdapter(deadline, tls)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def read(self, address: str) -> dict[str, Any]:
        """Return a JSON object that anybody may read; raise Unavailable when there is none."""
        response = self.request("GET", address, withhold_token=True)
        if response.status_code != 200:
            message = f"HTTP {response.status_code}"
            raise Unavailable(message)
        found = json_object(response)
        if found is None:
            raise Unavailable("its answer is not JSON")
        return found

    def exchange_code(self, address: str, code: str, verifier: str) -> dict[str, Any]:
        """Return the answer of the token endpoint, of type Bearer; raise Refused or Unavailable."""
        try:
            answer = self.fetch_token(
                address, code=code, code_verifier=verifier, grant_type="authorization_code"
            )
        except OAuthError as error:
            is_ours = error.error in {"invalid_client", "unauthorized_client"}
            raise Refused(Reason.CLIENT_REFUSED if is_ours else Reason.CODE_REFUSED) from None
        except RequestException as error:
            raise _failure(error.response) from None
        except (ValueError, RecursionError, AttributeError, TypeError):
            raise Refused(Reason.WRONG_SHAPE) from None
        if str(answer.get("token_type")).lower() != "bearer":
            raise Refused(Reason.TOKEN_TYPE)
        return dict(answer)

    def read_about_person(self, address: str, token: str) -> dict[str, Any]:
        """Return what the userinfo endpoint tells; raise Refused when it tells nothing."""
        bearer = OAuth2Auth({"access_token": token, "token_type": "Bearer"})
        response = self.get(address, auth=bearer)
        if response.status_code >= 500:
            message = f"HTTP {response.status_code}"
            raise Unavailable(message)
        found = json_object(response) if response.status_code == 200 else None
        if found is None:
            raise Refused(Reason.NO_USERINFO)
        return found


def _failure(response: Response | None) -> Exception:
    if response is not None and response.status_code >= 500:
        return Unavailable(f"HTTP {response.status_code}")
    return Refused(Reason.CODE_REFUSED)


def json_object(response: Response) -> dict[str, Any] | None:
    """Return the JSON object in an answer, or None."""
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
