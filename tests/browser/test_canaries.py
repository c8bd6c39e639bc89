"""Secrets put in where they belong are found nowhere else: not in logs, tables, arguments or pages.

The demo people's passwords are left out: `make run` prints them on purpose.
"""

import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.browser.product import Product, running_product
from tests.build_task import FIELDS
from tests.world import SIZE

pytestmark = pytest.mark.browser

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SECONDS = 60


@dataclass
class Run:
    """The product after it was used: its folder, what it answered, and the secrets that were put in."""

    instance: Path
    log: Path
    process_ids: list[int]
    answers: list[str] = field(default_factory=list)
    # Name → value. Add a line where a new kind of secret is put in.
    canaries: dict[str, str] = field(default_factory=dict)

    def arguments(self) -> str:
        found = [Path(f"/proc/{number}/cmdline") for number in self.process_ids]
        return "\n".join(path.read_bytes().replace(b"\0", b" ").decode() for path in found if path.exists())

    def tables(self) -> str:
        """Return every value of every row, as text."""
        with closing(sqlite3.connect(self.instance / "spd.sqlite")) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            rows = [row for (name,) in names for row in database.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
        return "\n".join(str(value) for row in rows for value in row)

    def logs(self) -> str:
        """Return what was printed and every log and mail that lies in the instance's folder."""
        texts = [*self.instance.rglob("*.log"), *self.instance.rglob("*.eml"), *self.instance.rglob("mail/*")]
        return "\n".join(path.read_text(errors="replace") for path in [self.log, *texts] if path.is_file())


def post(session: requests.Session, url: str, run: Run, typed: dict[str, str]) -> requests.Response:
    """Send a form of a page with its token."""
    page = session.get(url, timeout=30)
    token = TOKEN.search(page.text)[1]
    answer = session.post(url, data={"csrf_token": token, **typed}, timeout=30)
    run.answers += [page.text, answer.text]
    return answer


def use(product: Product, run: Run) -> None:
    """Use the product as people do, right and wrong."""
    password = run.canaries["password of a registration"]
    stranger = requests.Session()
    names = {"username": "canary", "first_name": "A", "last_name": "B", "email": "canary@example.org"}
    post(stranger, f"{product.url}/register", run, names | {"password": password, "password_again": password})
    sign_in = f"{product.url}/sign-in"
    post(requests.Session(), sign_in, run, {"username": "canary", "password": f"{password}x"})
    post(requests.Session(), sign_in, run, {"username": password, "password": password})
    del run.answers[-1]  # the field of the name shows what was typed into it
    admin = requests.Session()
    signed_in = {"username": "admin", "password": product.passwords["admin"]}
    assert post(admin, f"{product.url}/sign-in", run, signed_in).url.endswith("/tasks")
    run.canaries["cookie of a session"] = admin.cookies["spd"]
    run.canaries["token of a session"] = token_of_session(admin.cookies["spd"])
    post(admin, f"{product.url}/tasks/new/size", run, {**FIELDS, **SIZE, "collision": "", "action": "submit"})
    wait_for_delivery(run)
    for path in ("/tasks", "/calls", "/people", "/people/events", "/people/1", "/nothing", "/sign-in"):
        run.answers.append(admin.get(product.url + path, timeout=30).text)
    calls = re.findall(r'href="(/calls/\d+)"', run.answers[-6])
    run.answers += [admin.get(product.url + path, timeout=30).text for path in calls[:20]]
    assert calls, "no call to PanDA was made with the token"


def token_of_session(cookie: str) -> str:
    """Return what the cookie holds and the database must not: its first part is JSON, packed or not."""
    packed = cookie.lstrip(".").split(".")[0]
    text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return json.loads(zlib.decompress(text) if cookie.startswith(".") else text)["_user_id"]


def wait_for_delivery(run: Run) -> None:
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        with closing(sqlite3.connect(run.instance / "spd.sqlite")) as database:
            if database.execute("SELECT count(*) FROM task WHERE panda_id IS NOT NULL").fetchone()[0]:
                return
        time.sleep(0.3)
    raise AssertionError(run.log.read_text())


def children_of(process_id: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process_id)], capture_output=True, text=True, check=False)
    children = [int(number) for number in found.stdout.split()]
    return [process_id, *(each for child in children for each in children_of(child))]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    instance = tmp_path_factory.mktemp("canaries") / "instance"
    with running_product(instance) as product:
        programs = [number for number in children_of(os.getpid()) if _is_python(number)]
        secret = (instance / "simulator/panda_client_secret").read_text().strip()
        run = Run(instance, instance.with_suffix(".log"), programs)
        run.canaries = {
            "password of a registration": "canary-Passwort-5e7d1c violet kettle",
            "key of the cookies": (instance / "secret_key").read_text().strip(),
            "secret of the client at spd-iam": secret,
        }
        use(product, run)
        yield run


def _is_python(process_id: int) -> bool:
    command = Path(f"/proc/{process_id}/cmdline")
    return command.exists() and Path(sys.executable).name.encode()[:6] in command.read_bytes()


def test_no_secret_is_found_where_it_does_not_belong(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    places = {
        "logs and mails": run.logs(),
        "tables": run.tables(),
        "arguments of programs": run.arguments(),
        "pages": "\n".join(run.answers),
    }

    hits = [
        (name, place)
        for name, value in run.canaries.items()
        for place, text in places.items()
        if value in text
    ]

    with capsys.disabled():
        print(f"\ncanaries: {len(run.canaries)} secrets in {len(places)} places, {len(hits)} hits")
    assert hits == []
    assert all(len(value) >= 10 for value in run.canaries.values())
    assert {name: bool(text) for name, text in places.items()} == dict.fromkeys(places, True)


def test_no_token_of_any_kind_is_kept(run: Run) -> None:
    """Whatever its value: PanDA's tokens are known by their shape, three parts in letters."""
    text = run.logs() + run.tables() + run.arguments() + "\n".join(run.answers)

    assert re.findall(r"eyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}|Bearer [\w.-]{20,}", text) == []
