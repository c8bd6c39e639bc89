"""Which addresses may get our credentials."""

import ssl
from pathlib import Path

import pytest

from app.network.address import checked_address, tls_context


@pytest.mark.parametrize(
    "url",
    [
        "https://panda.example.org:25443",
        "http://127.0.0.1:8081",
        "http://127.45.6.7",
        "http://localhost:8081",
        "http://LOCALHOST",
        "http://[::1]:8081",
    ],
)
def test_secrets_go_over_https_or_stay_on_this_machine(url: str) -> None:
    assert checked_address(url + "/", with_secret=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://panda.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://10.0.0.1",
        "http://[fe80::1]",
        "http://0.0.0.0",
    ],
)
def test_secrets_do_not_go_over_http_to_another_machine(url: str) -> None:
    with pytest.raises(ValueError, match="https is required"):
        checked_address(url, with_secret=True)


def test_without_a_secret_http_is_enough() -> None:
    assert checked_address("http://panda.example.org", with_secret=False) == "http://panda.example.org"


@pytest.mark.parametrize(
    "url",
    ["https://user:word@panda.example.org", "https://panda.example.org?a=b", "https://panda.example.org#a"],
)
def test_an_address_holds_no_password_query_or_fragment(url: str) -> None:
    with pytest.raises(ValueError, match="must hold no") as caught:
        checked_address(url, with_secret=True)

    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "panda.example.org", "ftp://panda.example.org", "https://", "https://a:99999"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        checked_address(url, with_secret=True)


def test_names_and_chains_are_checked_with_the_certificates_of_the_system() -> None:
    context = tls_context("https://panda.example.org", None)

    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_plain_http_has_nothing_to_check() -> None:
    assert tls_context("http://127.0.0.1", "nowhere") is None


def test_certificates_may_lie_in_a_folder(tmp_path: Path) -> None:
    assert tls_context("https://panda.example.org", str(tmp_path)) is not None


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_said_at_once(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)

    with pytest.raises(ValueError, match="cannot be read"):
        tls_context("https://panda.example.org", str(bundle))
