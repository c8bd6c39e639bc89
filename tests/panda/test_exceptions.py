"""Every exception from below becomes one of ours, and the connection alone says which."""

import http.client
import ssl

import pytest
import requests.exceptions
import urllib3.exceptions

from app.panda.errors import OutcomeUnknown, PandaError, PandaUnavailable
from app.panda.failures import WHAT_HAPPENED, in_words
from app.panda.masking import Mask
from app.panda.transport import Exchange, Limits

OF_REQUESTS = sorted(
    {
        kind
        for kind in vars(requests.exceptions).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    },
    key=lambda kind: kind.__name__,
)
FROM_BELOW = [
    *OF_REQUESTS,
    urllib3.exceptions.LocationParseError,
    urllib3.exceptions.DecodeError,
    urllib3.exceptions.ProtocolError,
    http.client.BadStatusLine,
    http.client.LineTooLong,
    ssl.SSLError,
    TimeoutError,
    ConnectionResetError,
    BrokenPipeError,
    OSError,
    UnicodeError,
    ValueError,
    RuntimeError,
    AttributeError,
    MemoryError,
]


def made(kind: type[Exception]) -> Exception:
    """Return an exception of the class without its constructor, of which there are many forms."""
    error = kind.__new__(kind)
    error.args = ("sorry",)
    return error


def under_watch() -> Exchange:
    return Exchange(Limits(1, 1, 100), Mask(), "PanDA")


def test_the_list_of_requests_is_not_empty() -> None:
    assert requests.exceptions.ConnectTimeout in OF_REQUESTS
    assert len(OF_REQUESTS) >= 25


@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_each_class_of_requests_has_words_of_its_own(kind: type[Exception]) -> None:
    # json's own error, which requests imports, has its words as a ValueError.
    assert kind in WHAT_HAPPENED or kind.__module__.endswith("json.decoder")


@pytest.mark.parametrize("kind", FROM_BELOW)
def test_before_the_first_byte_every_exception_means_not_sent(kind: type[Exception]) -> None:
    with pytest.raises(PandaUnavailable, match="nothing was sent") as caught, under_watch():
        raise made(kind)

    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize("kind", FROM_BELOW)
def test_after_the_first_byte_every_exception_means_unknown(kind: type[Exception]) -> None:
    exchange = under_watch()
    exchange.watch.before_writing()

    with pytest.raises(OutcomeUnknown, match="No usable answer"), exchange:
        raise made(kind)


def test_an_error_of_ours_stays_what_it_is() -> None:
    error = PandaError("already judged")

    with pytest.raises(PandaError) as caught, under_watch():
        raise error

    assert caught.value is error


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_a_request_to_stop_passes_through(kind: type[BaseException]) -> None:
    exchange = under_watch()
    exchange.watch.expired = True

    with pytest.raises(kind), exchange:
        raise kind


def test_the_reason_of_the_system_is_told() -> None:
    try:
        try:
            raise OSError(24, "Too many open files")
        except OSError as error:
            raise requests.ConnectionError from error
    except requests.ConnectionError as error:
        words = in_words(error)

    assert words == "the connection failed ([Errno 24] Too many open files)"


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first

    assert in_words(first) == "the connection failed (second)"


def test_a_class_that_nobody_foresaw_is_named() -> None:
    assert in_words(MemoryError()) == "an unexpected MemoryError"
