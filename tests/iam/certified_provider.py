"""The npm package oidc-provider, a certified provider by other people, run by node; and a browser for it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from tests.iam.people import PEOPLE
from tests.iam.provider import CLIENT_ID, CLIENT_SECRET

FOLDER = Path(__file__).parent / "certified"
MOST_STEPS = 20


@contextmanager
def certified_provider(redirect_uri: str) -> Iterator[str]:
    """Run it and yield its issuer. What is missing is a failure: tools/test-programs.sh installs it."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules/oidc-provider").is_dir():
        message = "node or the certified provider is not installed; run: tools/test-programs.sh"
        raise FileNotFoundError(message)
    command = [node, "provider.mjs", CLIENT_ID, CLIENT_SECRET, redirect_uri, json.dumps(PEOPLE)]
    with subprocess.Popen(
        command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        try:
            yield _issuer(program)
        finally:
            program.terminate()


def _issuer(program: subprocess.Popen) -> str:
    for line in program.stdout:
        if line.startswith("http://"):
            return line.strip()
    message = "the certified provider did not start"
    raise RuntimeError(message)


class PlainBrowser:
    """Follows redirects and fills in forms at the provider, until it is led back to the service."""

    def __init__(self) -> None:
        self._cookies: dict[str, str] = {}

    def sign_in(self, address: str, person: str) -> str:
        """Return path and query of the address that leads back to us."""
        issuer = urlsplit(address).netloc
        method, body = "GET", None
        for _step in range(MOST_STEPS):
            status, headers, page = self._ask(method, address, body)
            if status in (302, 303):
                address, method, body = urljoin(address, headers["Location"]), "GET", None
                if urlsplit(address).netloc != issuer:
                    return urlsplit(address)._replace(scheme="", netloc="").geturl()
            else:
                action, fields = _form_of(page)
                fields.update({"login": person, "password": "any"} if "login" in fields else {})
                address, method, body = urljoin(address, action), "POST", urlencode(fields)
        message = f"the provider leads nowhere: {page[:500]}"
        raise RuntimeError(message)

    def _ask(self, method: str, address: str, body: str | None) -> tuple[int, dict, str]:
        there = urlsplit(address)
        line = HTTPConnection(there.netloc, timeout=10)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        line.request(method, f"{there.path}?{there.query}", body, headers)
        answer = line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        page = answer.read().decode()
        line.close()
        return answer.status, dict(answer.headers), page


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields = "", {}

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"]
        if tag == "input" and found.get("name"):
            self.fields[found["name"]] = found.get("value") or ""


def _form_of(page: str) -> tuple[str, dict[str, str]]:
    reader = _FormReader()
    reader.feed(page)
    assert reader.action, page[:500]
    return reader.action, reader.fields
