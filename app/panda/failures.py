"""What the exceptions of requests, urllib3 and the system mean, in words.

Only the words come from the class of an exception. Whether the request was sent is never read from it:
urllib3 reports a connection that was refused and one that broke after the request with the same classes.
"""

import http.client
import ssl
from types import MappingProxyType

import requests.exceptions as requests_errors
import urllib3.exceptions as urllib3_errors

# The nearest class in an exception's ancestry counts. A test holds that no class of requests is missing.
WHAT_HAPPENED = MappingProxyType(
    {
        # requests: the connection
        requests_errors.ConnectionError: "the connection failed",
        requests_errors.ConnectTimeout: "no connection was made in time",
        requests_errors.SSLError: "no secure connection could be made",
        requests_errors.ProxyError: "a proxy failed",
        requests_errors.Timeout: "it took too long",
        requests_errors.ReadTimeout: "no answer came in time",
        # requests: the answer
        requests_errors.ChunkedEncodingError: "the answer was cut off",
        requests_errors.ContentDecodingError: "the answer could not be unpacked",
        requests_errors.StreamConsumedError: "the answer was read twice",
        requests_errors.TooManyRedirects: "the server sent us from one address to the next",
        requests_errors.HTTPError: "the server reported an error",
        requests_errors.RetryError: "trying again was of no use",
        # requests: the request
        requests_errors.InvalidJSONError: "the text is not JSON",
        requests_errors.JSONDecodeError: "the text is not JSON",
        requests_errors.InvalidHeader: "a header of the request is not valid",
        requests_errors.InvalidURL: "the address is not valid",
        requests_errors.InvalidProxyURL: "the address of the proxy is not valid",
        requests_errors.InvalidSchema: "the address does not begin with http:// or https://",
        requests_errors.MissingSchema: "the address does not begin with http:// or https://",
        requests_errors.URLRequired: "there is no address",
        requests_errors.UnrewindableBodyError: "the request could not be read again",
        requests_errors.RequestException: "the request failed",
        # requests: warnings, when they are made errors
        requests_errors.RequestsWarning: "requests gave a warning",
        requests_errors.FileModeWarning: "requests gave a warning",
        requests_errors.RequestsDependencyWarning: "requests gave a warning",
        # urllib3, what requests lets through
        urllib3_errors.ReadTimeoutError: "no answer came in time",
        urllib3_errors.IncompleteRead: "the answer was cut off",
        urllib3_errors.ProtocolError: "the connection broke",
        urllib3_errors.HTTPError: "the connection failed",
        # the system and the standard library
        ssl.SSLError: "no secure connection could be made",
        http.client.HTTPException: "the answer is no HTTP",
        TimeoutError: "it took too long",
        OSError: "the connection failed",
        ValueError: "the request is not valid",
    }
)


def in_words(error: BaseException) -> str:
    """Say what happened, with the system's reason where there is one."""
    words = next(
        (WHAT_HAPPENED[kind] for kind in type(error).__mro__ if kind in WHAT_HAPPENED),
        f"an unexpected {type(error).__name__}",
    )
    root = root_cause(error)
    return words if root is error else f"{words} ({root})"


def root_cause(error: BaseException) -> BaseException:
    """Return the first exception of a chain: requests wraps urllib3's, which wraps the system's."""
    seen = {error}
    while (earlier := error.__cause__ or error.__context__) and earlier not in seen:
        seen.add(earlier)
        error = earlier
    return error
