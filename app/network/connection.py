"""urllib3's connection under watch, and requests' adapter that uses each only once."""

import ssl
from socket import socket
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from app.network.watch import Watch, dial


class WatchedConnection(HTTPConnection):
    """Tells its watch when it is made and before each write."""

    def __init__(self, *args: Any, watch: Watch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch

    def _new_conn(self) -> socket:
        line = dial(super()._new_conn, self._watch.seconds_left())
        try:
            self._watch.guard(line)
        except OSError:
            line.close()
            raise
        return line

    def send(self, data: Any) -> None:
        """Write a piece of the request. A TLS handshake does not come this way: it holds nothing of it."""
        if self.sock is None:
            self.connect()
        self._watch.before_writing()
        super().send(data)


class WatchedTLSConnection(WatchedConnection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedTLSConnection


class WatchedAdapter(HTTPAdapter):
    """Sends one request over one new connection, to the server itself.

    A new connection for each request is what makes "not sent" provable: a kept one may have been closed by
    the server meanwhile. Used without a requests.Session there is nothing that would read proxies or
    passwords from the environment, follow a redirect or keep a cookie.
    """

    def __init__(self, watch: Watch, tls: ssl.SSLContext | None) -> None:
        super().__init__(max_retries=0)
        self._watch = watch
        self._tls = tls
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> HTTPConnectionPool:
        """Return a pool of its own for this one request."""
        address = parse_url(request.url or "")
        host = address.host or ""
        if address.scheme == "https":
            self._pool = _TLSPool(host, address.port, ssl_context=self._tls, watch=self._watch)
        else:
            self._pool = _Pool(host, address.port, watch=self._watch)
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave all checks to the context of address.tls_context."""

    def close(self) -> None:
        """Close the connection."""
        super().close()
        if self._pool is not None:
            self._pool.close()
