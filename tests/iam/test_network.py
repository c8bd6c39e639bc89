"""Which server is believed to be the provider, and that nothing stands between."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.iam.provider import Provider

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def host() -> str:
    """The name in the provider's certificate."""
    return "127.0.0.1"


class TestOverTLS:
    @pytest.fixture
    def provider(self, authority: trustme.CA, host: str, running_provider: Provider) -> Iterator[Provider]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        provider = Provider(context)
        provider.redirect_uris = running_provider.redirect_uris = ["http://127.0.0.1:8080/iam/callback"]
        yield provider
        provider.stop()

    @pytest.fixture
    def settings(self, settings: dict, authority: trustme.CA, tmp_path: Path) -> dict:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        return {**settings, "IAM_CA_BUNDLE": str(tmp_path / "ca.pem"), "IAM_SECONDS": 5.0}

    def test_the_right_certificate_is_believed(self, way):
        assert way.sign_in().status_code == 303
        assert way.is_signed_in()

    @pytest.mark.parametrize("host", ["elsewhere.example.org"])
    def test_one_of_another_host_is_not(self, way, events):
        assert way.browser.get("/iam/sign-in").status_code == 503
        assert len(events()) == 1

    def test_one_of_an_unknown_authority_is_not(self, app, way, events):
        app.config["IAM_CA_BUNDLE"] = ""

        assert way.browser.get("/iam/sign-in").status_code == 503
        assert len(events()) == 1


def test_a_proxy_of_the_environment_is_not_used(way, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert way.sign_in().status_code == 303


def test_a_password_file_of_the_environment_is_not_used(way, provider, monkeypatch, tmp_path):
    """requests would put a password from ~/.netrc in the place of our token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert way.sign_in().status_code == 303
