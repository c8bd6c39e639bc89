"""Secrets put in where they belong are found nowhere else: not in logs, tables, arguments or pages.

The demo people's passwords are left out: `make run` prints them on purpose.
"""

import base64
import json
import os
import re
import ssl
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import requests
import trustme
from psycopg import sql

from tests.browser.product import Product, running_product
from tests.build_task import FIELDS
from tests.databases import PostgresqlDatabases
from tests.iam.conftest import running_provider  # noqa: F401  a fixture
from tests.iam.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.jobs.mail_server import NAME, PASSWORD, MailServer
from tests.world_forms import SIZE

pytestmark = pytest.mark.browser

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SECONDS = 60
DATABASE_PASSWORD = "canary-database-7b21"


@dataclass
class Run:
    """The product after it was used: its folder, what it answered, and the secrets that were put in."""

    instance: Path
    log: Path
    database: str
    process_ids: list[int]
    answers: list[str] = field(default_factory=list)
    # Name → value. Add a line where a new kind of secret is put in.
    canaries: dict[str, str] = field(default_factory=dict)
    # What the mail server got.
    mails: list[str] = field(default_factory=list)

    def arguments(self) -> str:
        found = [Path(f"/proc/{number}/cmdline") for number in self.process_ids]
        return "\n".join(path.read_bytes().replace(b"\0", b" ").decode() for path in found if path.exists())

    def tables(self) -> str:
        """Return every value of every row, as text."""
        with psycopg.connect(self.database.replace("+psycopg", "")) as database:
            names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [
                row
                for (name,) in names
                for row in database.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
            ]
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
    wait_until(run, lambda: asked(run, "SELECT count(*) FROM task WHERE panda_id IS NOT NULL"))


def asked(run: Run, statement: str) -> int:
    with psycopg.connect(run.database.replace("+psycopg", "")) as database:
        return database.execute(statement).fetchone()[0]


def wait_until(run: Run, is_so: Callable[[], object]) -> None:
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        if is_so():
            return
        time.sleep(0.3)
    raise AssertionError(run.log.read_text())


def enter_by_provider(product: Product, provider: Provider, run: Run) -> None:
    """Sign in through the identity provider, and note what was secret in it."""
    browser = requests.Session()
    page = browser.get(f"{product.url}/iam/sign-in", timeout=30)
    assert page.url.startswith(provider.url)
    assert browser.post(page.url, data={"person": "stranger"}, timeout=30).url.endswith("/tasks")
    run.canaries["verifier of a sign-in"] = provider.token_requests[-1]["code_verifier"]
    run.canaries["code of a sign-in"] = provider.token_requests[-1]["code"]


def children_of(process_id: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process_id)], capture_output=True, text=True, check=False)
    children = [int(number) for number in found.stdout.split()]
    return [process_id, *(each for child in children for each in children_of(child))]


@pytest.fixture(scope="module")
def mail_server() -> Iterator[tuple[MailServer, str]]:
    """A mail server that asks for a password over TLS, and the certificate it is trusted by."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    server = MailServer(tls=tls, asks_for_sign_in=True)
    yield server, authority.cert_pem.bytes().decode()
    server.stop()


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql_databases: PostgresqlDatabases,
    mail_server: tuple[MailServer, str],
    running_provider: Provider,  # noqa: F811
) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("canaries")
    server, certificate = mail_server
    database = postgresql_databases.make().replace("@/", f":{DATABASE_PASSWORD}@/")
    files = {
        "MAIL_CA_BUNDLE": certificate,
        "MAIL_PASSWORD_FILE": PASSWORD,
        "IAM_CLIENT_SECRET_FILE": CLIENT_SECRET,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    settings = {f"SPD_{name}": str(folder / name) for name in files} | {
        "SPD_DATABASE_URL": database, "SPD_MAIL_SERVER": "127.0.0.1", "SPD_MAIL_PORT": str(server.port),
        "SPD_MAIL_SECURITY": "starttls", "SPD_MAIL_USERNAME": NAME, "SPD_MAIL_EVERY_SECONDS": "1",
        "SPD_IAM_ISSUER": running_provider.url, "SPD_IAM_CLIENT_ID": CLIENT_ID,
    }  # fmt: skip
    instance = folder / "instance"
    with running_product(instance, **settings) as product:
        running_provider.redirect_uris = [f"{product.url}/iam/callback"]
        programs = [number for number in children_of(os.getpid()) if _is_python(number)]
        run = Run(instance, instance.with_suffix(".log"), database, programs)
        run.canaries = {
            "password of a registration": "canary-Passwort-5e7d1c violet kettle",
            "key of the cookies": (instance / "secret_key").read_text().strip(),
            "secret of the client at PanDA's provider": (instance / "simulator/panda_client_secret")
            .read_text()
            .strip(),
            "secret of the client at spd-iam": CLIENT_SECRET,
            "password of the mail server": PASSWORD,
            "password of the database": DATABASE_PASSWORD,
        }
        use(product, run)
        enter_by_provider(product, running_provider, run)
        wait_until(run, lambda: server.got)
        run.mails = [mail.as_string() for _recipient, mail in server.got]
        yield run


def _is_python(process_id: int) -> bool:
    command = Path(f"/proc/{process_id}/cmdline")
    return command.exists() and Path(sys.executable).name.encode()[:6] in command.read_bytes()


def test_no_secret_is_found_where_it_does_not_belong(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    places = {
        "logs": run.logs(),
        "mails": "\n".join(run.mails),
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
    assert len(run.canaries) >= 10
    assert all(len(value) >= 10 for value in run.canaries.values())
    assert {name: bool(text) for name, text in places.items()} == dict.fromkeys(places, True)


def test_no_token_of_any_kind_is_kept(run: Run) -> None:
    """Whatever its value: PanDA's tokens are known by their shape, three parts in letters."""
    text = run.logs() + run.tables() + run.arguments() + "\n".join(run.answers)

    assert re.findall(r"eyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}|Bearer [\w.-]{20,}", text) == []
