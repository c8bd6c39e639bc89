"""Compare answers as a stranger would who wants to know whether somebody has an account."""

import re

from werkzeug.test import TestResponse

# Signed anew each time: the cookie, which tells its moment too, and the token of the forms. The id of a
# request is drawn by lot.
TOKEN = re.compile(r"[\w-]{16,}\.[\w-]{6}\.[\w-]{20,}|spd=[^;]+|Expires=[^;]+")


def seen(answer: TestResponse, *typed: str) -> tuple[int, str, list[tuple[str, str]]]:
    """Return status, body and headers of an answer without what is random, and what was typed."""
    text = TOKEN.sub("…", answer.text)
    for value in typed:
        text = re.sub(re.escape(value), "TYPED", text, flags=re.IGNORECASE)
    headers = [(name, TOKEN.sub("…", value)) for name, value in answer.headers if name != "X-Request-ID"]
    return answer.status_code, text, headers
