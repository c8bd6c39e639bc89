"""Addresses in the settings: what the service, its database and PanDA cannot be reached by is refused."""

import pytest

from app.settings import check
from tests.test_settings import problems, read


@pytest.mark.parametrize(
    "url",
    [
        "spd.example.org",
        "ftp://spd.example.org",
        "http://",
        "http://spd.example.org/",
        "http://spd.example.org/path",
        "http://spd.example.org:99999",
        "http://user:password@spd.example.org",
        "http://spd.example.org?query",
        "http://spd example.org",
    ],
)
def test_an_address_of_the_service_that_is_not_plain_is_refused(tmp_path, url):
    (problem,) = problems(tmp_path, PUBLIC_URL=url, TRUSTED_HOSTS=["spd.example.org"])

    assert problem.startswith("PUBLIC_URL: ")


@pytest.mark.parametrize(
    "hosts", [[], ["other.example.org"], ["example.org"], [""], ["spd..example.org"], [5]]
)
def test_hosts_that_would_serve_everybody_or_nobody_are_refused(tmp_path, hosts):
    (problem,) = problems(tmp_path, PUBLIC_URL="http://spd.example.org", TRUSTED_HOSTS=hosts)

    assert problem.startswith("TRUSTED_HOSTS: ")


@pytest.mark.parametrize(
    "hosts", [["127.0.0.1", "spd.example.org"], [".example.org"], ["spd.example.org", "[::1]"]]
)
def test_the_host_of_the_service_is_among_the_trusted_ones(tmp_path, hosts):
    check(read(tmp_path, PUBLIC_URL="http://spd.example.org:8080", TRUSTED_HOSTS=hosts))


@pytest.mark.parametrize(
    "url",
    [
        "spd",
        "oracle://spd@db/spd",
        "sqlite+aiosqlite:///spd.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://spd:password@db/spd",
        "postgresql+psycopg2://spd:password@db/spd",
        "postgresql+psycopg://spd:password@db:port/spd",
        "postgresql+psycopg://spd:password@db:99999/spd",
        "sqlite:////nowhere/spd.sqlite",
    ],
)
def test_a_database_that_cannot_be_used_is_refused(tmp_path, url):
    (problem,) = problems(tmp_path, DATABASE_URL=url)

    assert problem.startswith("DATABASE_URL: ")
    assert "password" not in problem


@pytest.mark.parametrize("url", ["sqlite:///spd.sqlite", "postgresql+psycopg://spd:password@db:5432/spd"])
def test_both_databases_are_accepted(tmp_path, url):
    check(read(tmp_path, DATABASE_URL=url))


@pytest.mark.parametrize(
    "url",
    [
        "panda.example.org",
        "ftp://panda.example.org",
        "https://",
        "https://panda.example.org/api",
        "https://panda.example.org:port",
        "https://panda.example.org:0",
        "https://[::1",
        "https://[panda]",
        "https://panda..example.org",
        "https://999.0.0.1",
        "https://panda_\texample.org",
        "https://пример.example.org",
    ],
)
def test_an_address_of_panda_that_cannot_work_is_refused(tmp_path, url):
    assert problems(tmp_path, PANDA_URL=url) == ["PANDA_URL: write https://host:port without a path"]


@pytest.mark.parametrize("name", ["PANDA_URL", "PANDA_TOKEN_URL"])
@pytest.mark.parametrize(
    "rest", ["user:password@iam.example.org", "iam.example.org?query", "iam.example.org#part"]
)
def test_an_address_with_more_than_a_host_is_refused_and_not_repeated(tmp_path, name, rest):
    found = problems(tmp_path, **{name: f"https://{rest}"})

    assert found == [f"{name}: no user, no password, no '?' and no '#' may stand in it"]


@pytest.mark.parametrize("name", ["PANDA_URL", "PANDA_TOKEN_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:1",
        "HTTPS://panda.example.org",
    ],
)
def test_https_is_not_required_on_this_machine(tmp_path, name, url):
    check(read(tmp_path, **{name: url}))


@pytest.mark.parametrize("name", ["PANDA_URL", "PANDA_TOKEN_URL"])
@pytest.mark.parametrize("host", ["panda.example.org", "localhost.example.org", "128.0.0.1", "[::2]"])
def test_https_is_required_to_another_machine(tmp_path, name, host):
    assert problems(tmp_path, **{name: f"http://{host}"}) == [
        f"{name}: https is required, secrets would travel in the clear"
    ]


def test_certificates_that_cannot_be_read_are_told(tmp_path):
    empty = tmp_path / "empty.pem"
    empty.touch()

    assert problems(tmp_path, PANDA_CA_BUNDLE=str(empty)) == [
        f"PANDA_CA_BUNDLE: {empty} holds no certificates"
    ]


def test_a_folder_of_certificates_is_accepted(tmp_path):
    check(read(tmp_path, PANDA_CA_BUNDLE=str(tmp_path)))
