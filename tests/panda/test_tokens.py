"""Where tokens come from, how long they are kept, and that they do not show."""

import json
import os
import threading
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import trustme

from app.panda.errors import AccessRefused, NoToken
from app.panda.tokens import ClientCredentials, TokenFile
from tests.panda.scripted import TOKEN, Line, answering, http, reply
from tests.panda.test_tls import context_of

OTHER_TOKEN = TOKEN.replace("c2ln", "T3Ro")


def granting(*tokens: str, expires_in: object = 3600) -> Callable[[Line], None]:
    """Return a script that grants one token after the other."""
    answers = [{"access_token": token, "token_type": "Bearer", "expires_in": expires_in} for token in tokens]
    return answering(*(http(json.dumps(answer), content_type="application/json") for answer in answers))


class Clock:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "panda_client_secret"
    path.write_text("s3cr:t/of+the=client\n")
    return path


@pytest.fixture
def credentials(secret_file: Path, clock: Clock) -> Callable[..., ClientCredentials]:
    def make(url: str, **more: object) -> ClientCredentials:
        limits = {"connect_seconds": 20.0, "total_seconds": 20.0}
        return ClientCredentials(
            f"{url}/token", "spd-demo-producer", secret_file, clock=clock, **(limits | more)
        )

    return make


def test_a_token_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    source = TokenFile(path)
    first = source.get()
    before = path.stat()
    path.write_text(f"{OTHER_TOKEN}\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as fast as the clock of a file system

    second = source.get()
    source.forget(second)

    assert (first, second, source.get()) == (TOKEN, OTHER_TOKEN, OTHER_TOKEN)


def test_a_token_file_that_was_replaced_is_read(tmp_path: Path) -> None:
    path, new = tmp_path / "token", tmp_path / "new"
    path.write_text(TOKEN)
    source = TokenFile(str(path))
    source.get()
    new.write_text(OTHER_TOKEN)

    new.replace(path)

    assert source.get() == OTHER_TOKEN


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b" \n",
        b"two words",
        b"line\r\nX-Injected: yes",
        b"\xff\xfe",
        "ключ".encode(),
        b"a" * 70_000,
    ],
)
def test_a_token_file_without_a_token_is_said_without_its_content(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(NoToken, match="no token for PanDA") as caught:
        TokenFile(path).get()

    assert "words" not in str(caught.value)
    assert "Injected" not in str(caught.value)


def test_a_folder_is_no_token_file(tmp_path: Path) -> None:
    with pytest.raises(NoToken, match="Is a directory"):
        TokenFile(tmp_path).get()


def test_a_token_is_asked_for_with_the_credentials_of_the_client(
    serve: Callable, credentials: Callable, secret_file: Path
) -> None:
    server = serve(granting(TOKEN))

    assert credentials(server.url, scope="openid wlcg").get() == TOKEN

    head, _, body = server.wait().received[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert head.startswith(b"POST /token HTTP/1.1")
    assert parse_qs(body.decode()) == {"grant_type": ["client_credentials"], "scope": ["openid wlcg"]}
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Accept"] == "application/json"
    # Both parts are quoted first: RFC 6749, section 2.3.1.
    basic = b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert basic == "spd-demo-producer:s3cr%3At%2Fof%2Bthe%3Dclient"


def test_without_a_scope_none_is_sent(serve: Callable, credentials: Callable) -> None:
    server = serve(granting(TOKEN))

    credentials(server.url).get()

    assert server.wait().received[0].endswith(b"\r\n\r\ngrant_type=client_credentials")


@pytest.mark.parametrize(
    ("expires_in", "kept_seconds"),
    [
        (3600, 3540),
        (100, 90),
        (10.0, 9),
        (None, 270),
        (0, 270),
        (-5, 270),
        (True, 270),
        ("3600", 270),
        (10**400, 270),
        (float("inf"), 270),
        (float("nan"), 270),
    ],
)
def test_a_token_is_kept_until_shortly_before_it_expires(
    serve: Callable, credentials: Callable, clock: Clock, expires_in: object, kept_seconds: float
) -> None:
    server = serve(granting(TOKEN, OTHER_TOKEN, expires_in=expires_in))
    source = credentials(server.url)

    source.get()
    clock.now += kept_seconds - 0.5
    kept = source.get()
    clock.now += 1
    renewed = source.get()

    assert (kept, renewed) == (TOKEN, OTHER_TOKEN)
    assert len(server.wait().received) == 2


def test_a_refused_token_is_asked_for_anew_only_once(serve: Callable, credentials: Callable) -> None:
    server = serve(granting(TOKEN, OTHER_TOKEN))
    source = credentials(server.url)
    source.get()

    source.forget(TOKEN)
    renewed = source.get()
    source.forget(TOKEN)  # the answer to a slower call with the old token

    assert renewed == source.get() == OTHER_TOKEN
    assert len(server.wait().received) == 2


def test_a_refusal_by_panda_leads_to_a_new_token(
    serve: Callable, credentials: Callable, client_of: Callable, tokens
) -> None:
    endpoint = serve(granting(TOKEN, OTHER_TOKEN))
    panda = serve(answering(http("ERROR : Token authentication failed. Expired", 403), reply("running")))
    source = credentials(endpoint.url)
    client = client_of(panda.url, tokens=source)

    with pytest.raises(AccessRefused):
        client.get_status(1)
    client.get_status(1)

    first, second = panda.wait().received
    assert f"Bearer {TOKEN}\r\n".encode() in first
    assert f"Bearer {OTHER_TOKEN}\r\n".encode() in second


def test_several_threads_ask_for_one_token_only(serve: Callable, credentials: Callable) -> None:
    server = serve(granting(TOKEN, OTHER_TOKEN))
    source, got = credentials(server.url), []
    threads = [threading.Thread(target=lambda: got.append(source.get())) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert got == [TOKEN] * 8
    assert len(server.wait().received) == 1


# name: what the endpoint does, a word of the sentence, the status
NOT_GRANTED = {
    "wrong secret": (answering(http('{"error": "invalid_client"}', 401)), "HTTP 401, invalid_client", 401),
    "wrong secret, in prose": (answering(http('{"error": "No, <b>never</b>"}', 400)), r"\(HTTP 400\)", 400),
    "error of another kind": (answering(http('{"error": ["a"]}', 400)), r"\(HTTP 400\)", 400),
    "no JSON": (answering(http("<html>")), r"\(HTTP 200\)", 200),
    "a list": (answering(http("[]")), r"\(HTTP 200\)", 200),
    "nested without end": (answering(http("[" * 60_000)), r"\(HTTP 200\)", 200),
    "no token": (answering(http('{"expires_in": 3600}')), r"\(HTTP 200\)", 200),
    "a token that is a number": (answering(http('{"access_token": 7}')), r"\(HTTP 200\)", 200),
    "an empty token": (answering(http('{"access_token": ""}')), "is empty", None),
    "a token with blanks": (
        answering(http('{"access_token": "opaque-half other-half"}')),
        "characters",
        None,
    ),
    "a redirect": (answering(http("", 302, Location="/login")), r"\(HTTP 302\)", 302),
    "overloaded": (answering(http("", 503)), r"\(HTTP 503\)", 503),
    "half an answer": (answering(http('{"access_token": "opaque-half"}')[:-3]), "cut off|broke", 200),
    "too large": (answering(http('{"access_token": "opaque-half"}' + " " * 70_000)), "larger than", 200),
    "silence": (lambda line: line.over.wait(60), "longer than 0.5 s", None),
    "reset": (Line.reset, "No usable answer came from The token endpoint|could not be reached", None),
}


@pytest.mark.parametrize("name", NOT_GRANTED)
def test_an_endpoint_that_grants_nothing_leaves_no_token_and_no_trace_of_secrets(
    serve: Callable, credentials: Callable, secret_file: Path, name: str
) -> None:
    script, words, status = NOT_GRANTED[name]
    source = credentials(serve(script).url, total_seconds=0.5 if name == "silence" else 20)

    with pytest.raises(NoToken, match=words) as caught:
        source.get()

    error = caught.value
    shown = f"{error!r} {vars(error)} {source!r} {error.__cause__!r}"
    assert error.http_status == status
    assert error.answer == ""
    assert "s3cr" not in shown
    assert "opaque" not in shown
    assert "never" not in shown


def test_an_endpoint_that_is_away_leaves_no_token(credentials: Callable, secret_file: Path) -> None:
    source = credentials("http://127.0.0.1:1")

    with pytest.raises(NoToken, match="The token endpoint could not be reached, nothing was sent"):
        source.get()

    assert repr(source) == "ClientCredentials('http://127.0.0.1:1/token', 'spd-demo-producer')"


def test_an_old_token_is_not_given_when_a_new_one_is_refused(
    serve: Callable, credentials: Callable, clock: Clock
) -> None:
    server = serve(granting(TOKEN))
    source = credentials(server.url)
    source.get()
    server.script = answering(http("", 500))
    clock.now += 4000

    for _ in range(2):
        with pytest.raises(NoToken):
            source.get()


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"])
def test_without_the_secret_nothing_is_asked(
    serve: Callable, credentials: Callable, secret_file: Path, content: bytes | None
) -> None:
    server = serve(granting(TOKEN))
    source = credentials(server.url)
    secret_file.unlink()
    if content is not None:
        secret_file.write_bytes(content)

    with pytest.raises(NoToken, match="panda_client_secret"):
        source.get()

    assert server.received == []


def test_the_secret_goes_over_https_or_stays_on_this_machine(credentials: Callable) -> None:
    with pytest.raises(ValueError, match="https is required"):
        credentials("http://iam.example.org")


def test_the_certificates_count_for_the_endpoint_too(
    serve: Callable, credentials: Callable, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = serve(granting(TOKEN), context_of(authority, "127.0.0.1"))

    assert credentials(server.url, ca_bundle=str(tmp_path / "ca.pem")).get() == TOKEN
    with pytest.raises(NoToken, match="CERTIFICATE_VERIFY_FAILED"):
        credentials(server.url).get()


def test_the_repr_of_a_token_file_names_the_file_only(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)

    assert repr(TokenFile(path)) == f"TokenFile({str(path)!r})"
