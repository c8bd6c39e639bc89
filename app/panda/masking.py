"""Take secrets out of texts that people or the database will keep."""

import json
import re
from urllib.parse import quote

from app.panda.errors import ANSWER_CHARACTERS

MASKED = "<masked>"

# Secrets and parts of a token shorter than this are not searched for: they would blot out ordinary words.
_SHORTEST_PART = 12

# What a token may look like (RFC 6750, section 2.1). None of these characters is special in JSON or a URL,
# `+`, `/` and `=` apart, so a token cannot break a header and masking cannot break a JSON text.
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")

_BEARER = re.compile(r"(?i)\b(bearer)((?:\s|%20|\+)+)[A-Za-z0-9._~+/=%-]+")
# A JWT and its payload are base64 of '{"…', which always begins like this; also one that was cut off.
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")
_FIELD = re.compile(r'(?i)("(?:access|refresh|id)_token"\s*:\s*")[^"]*')


class Mask:
    """Replace the given secrets and everything that looks like a token.

    Also makes a text fit for PostgreSQL, which stores no NUL, and for UTF-8, which has no lone surrogates.
    """

    def __init__(self, *secrets: str) -> None:
        self._longest = max(map(len, secrets), default=0)
        forms = {form for secret in secrets for form in _forms(secret)}
        # The longest first: a secret may contain another.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            text = text.replace(form, MASKED)
        text = _BEARER.sub(rf"\1\2{MASKED}", text)
        text = _JWT.sub(MASKED, text)
        text = _FIELD.sub(rf"\g<1>{MASKED}", text)
        return storable(text)

    def head(self, body: bytes | bytearray) -> str:
        """Return the first ANSWER_CHARACTERS characters of an answer without secrets.

        More than that is masked first, so that a secret lying across the end is recognised. UTF-8 takes
        four bytes a character at most.
        """
        enough = 4 * (ANSWER_CHARACTERS + 3 * self._longest)
        text = bytes(body[:enough]).decode("utf-8", "replace")
        return self(text)[:ANSWER_CHARACTERS]

    def data(self, value: object) -> object:
        """Return a decoded JSON value without secrets."""
        return json.loads(self(json.dumps(value)))


def storable(text: str) -> str:
    """Return the text with a replacement character for all that a database refuses."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _forms(secret: str) -> set[str]:
    """Return the secret and its long dot-separated parts (a JWT's), also as in a URL or escaped JSON."""
    parts = {part for part in secret.split(".") if len(part) >= _SHORTEST_PART}
    plain = parts | {secret}
    return {form for text in plain for form in (text, quote(text, safe=""), text.replace("/", r"\/"))} - {""}
