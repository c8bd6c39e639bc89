"""A provider that is away, silent or broken: a clear page in time, and the password still works."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Response

from tests.conftest import PASSWORD
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

METADATA = "/.well-known/openid-configuration"
# A page of ours takes this long at most beyond the limit of the settings, seconds.
SPARE = 1.0
DEFAULT_SECONDS = 5.0


def silence(_over: threading.Event) -> Response:
    _over.wait(30)
    return Response("")


def dripping(over: threading.Event) -> Response:
    """Send a byte now and then, so that no single read takes long."""

    def bytes_of_it() -> Iterator[bytes]:
        while not over.wait(0.1):
            yield b" "

    return Response(bytes_of_it(), content_type="application/json")


@pytest.fixture
def over():
    """Tells the provider's threads that the test is over."""
    event = threading.Event()
    yield event
    event.set()


def assert_unavailable(answer, way, events):
    page = read(answer)
    assert answer.status_code == 503
    assert page.one("h1").text == "spd-iam does not answer"
    assert "Signing in with a password still works" in page.one("main").text
    assert len(events()) == 1
    assert events()[0].words.startswith("the provider does not answer: ")
    assert not way.is_signed_in()


@pytest.mark.parametrize("answer", [silence, dripping])
@pytest.mark.parametrize("path", [METADATA, "/token", "/userinfo", "/jwk"])
def test_a_slow_provider_is_not_waited_for(way, provider, events, over, iam_seconds, path, answer):
    provider.faults.answers[path] = lambda: answer(over)
    start = way.browser.get("/iam/sign-in") if path == METADATA else None
    callback = None if start else way.callback()
    began = time.monotonic()

    answer = way.browser.get(callback or "/iam/sign-in")

    assert time.monotonic() - began < iam_seconds + SPARE
    if start:
        assert start.status_code == answer.status_code == 503
        assert len(events()) == 2
    else:
        assert_unavailable(answer, way, events)


class TestWithTheLimitOfTheSettings:
    @pytest.fixture
    def iam_seconds(self):
        return DEFAULT_SECONDS

    def test_all_calls_together_take_six_seconds_at_most(self, app, way, provider, events, over, iam_seconds):
        """Each call is slow, but none beyond the limit: together they would take twice as long."""
        assert app.config["IAM_SECONDS"] == iam_seconds
        callback = way.callback()

        def late() -> None:
            over.wait(3)  # then the honest answer

        provider.faults.answers.update({"/token": late, "/jwk": late, "/userinfo": late})
        began = time.monotonic()

        answer = way.browser.get(callback)

        assert DEFAULT_SECONDS - SPARE < time.monotonic() - began < DEFAULT_SECONDS + SPARE
        assert_unavailable(answer, way, events)


@pytest.mark.parametrize(
    "instead",
    [
        lambda: ("<h1>maintenance</h1>", 200),
        lambda: ("{}", 502),
        lambda: ("", 404),
        lambda: ("[" * 100_000, 200),
        lambda: ("[]", 200),
    ],
    ids=["HTML", "502", "404", "nested", "list"],
)
def test_broken_metadata_are_told_as_what_they_are(way, provider, events, instead):
    provider.faults.answers[METADATA] = instead

    answer = way.browser.get("/iam/sign-in")

    assert_unavailable(answer, way, events)


@pytest.mark.parametrize("name", ["token_endpoint", "userinfo_endpoint", "jwks_uri"])
def test_metadata_without_an_address_are_broken(way, provider, events, name):
    provider.faults.metadata = lambda found: found.pop(name)

    answer = way.browser.get("/iam/sign-in")

    assert_unavailable(answer, way, events)


def test_metadata_that_are_whole_again_are_read_at_once(way, provider):
    provider.faults.answers[METADATA] = lambda: ("", 502)
    assert way.browser.get("/iam/sign-in").status_code == 503
    del provider.faults.answers[METADATA]

    assert way.sign_in().status_code == 303


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_a_failing_server_is_unavailable(way, provider, events, path):
    provider.faults.answers[path] = lambda: ("", 500)

    answer = way.sign_in()

    assert_unavailable(answer, way, events)


class TestNobodyThere:
    @pytest.fixture
    def settings(self, settings):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            yield {**settings, "IAM_ISSUER": f"http://127.0.0.1:{unused.getsockname()[1]}/"}

    def test_the_password_still_works(self, way, make_user, events):
        user = make_user()

        answer = way.browser.get("/iam/sign-in")

        assert_unavailable(answer, way, events)
        signed_in = way.browser.post("/sign-in", data={"username": user.username, "password": PASSWORD})
        assert signed_in.status_code == 303


class TestManyAtOnce:
    @pytest.fixture
    def iam_seconds(self):
        return 3.0

    def test_a_slow_provider_holds_few_threads(self, app, provider, over, iam_seconds):
        """Eight people at once: the pages of all others must not wait for the provider too."""
        provider.faults.answers[METADATA] = lambda: silence(over)
        took = []

        def ask() -> None:
            began = time.monotonic()
            assert app.test_client().get("/iam/sign-in").status_code == 503
            took.append(time.monotonic() - began)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert len(took) == 8
        assert sorted(took)[3] < iam_seconds - 0.5  # four are told at once
