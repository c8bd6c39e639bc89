"""Headers that every answer carries, and where a redirect may lead."""

import hashlib
import unicodedata
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What a page of ours never needs; the button that copies a name writes to the clipboard.
PERMISSIONS = ", ".join(
    [
        *(f"{feature}=()" for feature in (
            "accelerometer", "browsing-topics", "camera", "display-capture", "fullscreen", "geolocation",
            "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
            "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "usb",
            "web-share", "xr-spatial-tracking",
        )),
        "clipboard-write=(self)",
    ]
)  # fmt: skip
LONGEST_TARGET = 2048
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class FromAnotherSite(CSRFError):  # type: ignore[misc]
    """A form that a page of another site sent, as the browser says."""


class AnyRequest(Request):
    """A request whose address may hold any bytes: browsers write them as %FF, other programs need not."""

    # No page takes JSON. Flask-WTF would read forms from it, with values of any kind.
    is_json = False

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        environ["QUERY_STRING"] = "".join(c if c.isascii() else f"%{ord(c):02X}" for c in query)
        if not _is_address(environ.get("HTTP_REFERER", "")):
            del environ["HTTP_REFERER"]  # as if none had come: Flask-WTF would trip over it
        if "wsgi.input" in environ:
            environ["wsgi.input"] = _Body(environ["wsgi.input"])
        super().__init__(environ, *args, **kwargs)


def _is_address(referrer: str) -> bool:
    """Say whether this can be taken apart; such as "http://[" or a port of 99999 cannot."""
    try:
        _ = urlsplit(referrer).port
    except ValueError:
        return False
    return True


def configure(app: Flask) -> None:
    """Add the headers to every answer, errors included."""
    app.request_class = AnyRequest
    app.session_interface = SignedCookies()
    is_production = app.config["PRODUCTION"]
    app.before_request(_refuse_other_sites)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = PERMISSIONS
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("HX-Request")
        if is_production:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response


def _refuse_other_sites() -> None:
    """Refuse what a browser says was sent by a page of another site: a second net behind the tokens."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in _SAFE and site not in {"same-origin", "none"}:
        raise FromAnotherSite("sent from another site")


def own_path(target: str | None) -> str | None:
    """Return a path of this site, or None for whatever might lead elsewhere.

    What begins with one slash stays on the site. Browsers read a backslash as a slash and drop tabs and line
    breaks, so that `/\\t/host` is `//host`: none of them may stand in it.
    """
    if not target or len(target) > LONGEST_TARGET or not target.startswith("/") or target.startswith("//"):
        return None
    if any(letter == "\\" or unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in target):
        return None
    return target


class SignedCookies(SecureCookieSessionInterface):
    """Flask's cookies, signed with SHA-256: its own choice, SHA-1, is a hash of the past."""

    digest_method = staticmethod(hashlib.sha256)


class _Body:
    """The body of a request. Chunks that are none are the sender's slip: an OSError becomes a 400."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:
            raise OSError("the body cannot be read") from error
