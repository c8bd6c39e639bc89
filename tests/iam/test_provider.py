"""What the provider said of itself is kept for an hour, and read anew when it has to be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.iam.attempt import Answer
from app.iam.errors import Reason, Refused
from app.iam.provider import KEPT_SECONDS, REREAD_SECONDS, IamSettings, Provider
from tests.iam.conftest import parameters, pressed


class Clock:
    """Goes on only when told to."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(settings, clock):
    known = IamSettings(
        issuer=settings["IAM_ISSUER"],
        client_id=settings["IAM_CLIENT_ID"],
        client_secret_file=settings["IAM_CLIENT_SECRET_FILE"],
        redirect_uri=f"{settings['PUBLIC_URL']}/iam/callback",
        scopes="openid profile email",
        algorithms=("RS256",),
        ca_bundle="",
        seconds=5.0,
    )
    return Provider(known, clock)


@pytest.fixture
def reads(provider):
    """Grows with each reading of the metadata."""
    found = []
    provider.faults.metadata = lambda _document: found.append(1)
    return found


def sign_in(client):
    address, attempt = client.begin(datetime.now(UTC))
    return client.finish(attempt, Answer(**parameters(pressed(address, "physicist"))), datetime.now(UTC))


def test_metadata_are_read_again_after_an_hour(client, clock, reads, now):
    client.begin(now)
    clock.seconds = KEPT_SECONDS - 1
    client.begin(now)
    assert len(reads) == 1

    clock.seconds = KEPT_SECONDS
    client.begin(now)

    assert len(reads) == 2


def test_keys_that_change_often_are_found_a_minute_later(client, clock, provider):
    sign_in(client)
    provider.rotate(2)
    assert sign_in(client).username == "iam-physicist"
    provider.rotate(3)
    with pytest.raises(Refused, match=Reason.UNKNOWN_KEY):
        sign_in(client)

    clock.seconds = REREAD_SECONDS

    assert sign_in(client).username == "iam-physicist"


def test_a_new_client_secret_counts_at_once(client, settings):
    file = Path(settings["IAM_CLIENT_SECRET_FILE"])
    right = file.read_text()
    file.write_text("an old secret")
    with pytest.raises(Refused, match=Reason.CLIENT_REFUSED):
        sign_in(client)

    file.write_text(right)

    assert sign_in(client).username == "iam-physicist"


def test_nothing_shows_its_secrets_by_its_name(client, now):
    _address, attempt = client.begin(now)

    shown = f"{attempt!r} {client!r} {Answer(code='the code', state=attempt.state)!r}"

    assert not [value for value in (attempt.state, attempt.verifier, "the code") if value in shown]
