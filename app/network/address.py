"""Addresses of servers that get our credentials: which are allowed, and whom they must prove to be."""

import ipaddress
import ssl
from pathlib import Path

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url


def checked_address(url: str, *, with_secret: bool) -> str:
    """Return the address without a final slash.

    Raise ValueError in plain words when it is none, and when a secret would travel over plain http to
    another machine.
    """
    address = _parsed(url)
    if address.scheme not in ("http", "https") or not address.host:
        msg = "An address must begin with https:// (or http:// on this machine) and name a host."
        raise ValueError(msg)
    if address.auth or address.query or address.fragment:
        msg = "The address must hold no user, no password, no '?' and no '#'."
        raise ValueError(msg)
    if with_secret and address.scheme != "https" and not is_loopback(address.host):
        msg = f"https is required to send credentials to {address.host}: http would show them to everybody."
        raise ValueError(msg)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return True for 127.0.0.0/8, ::1 and localhost: what is sent there stays on this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tls_context(url: str, ca_bundle: str | None) -> ssl.SSLContext | None:
    """Return the checks a server has to pass; None for a plain http address.

    `ca_bundle` is a file or a folder of certificates; without it the system's are used. The name and the
    chain are always checked. Raise ValueError when the certificates cannot be read.
    """
    if _parsed(url).scheme != "https":
        return None
    if not ca_bundle:
        return ssl.create_default_context()
    try:
        if Path(ca_bundle).is_dir():
            return ssl.create_default_context(capath=ca_bundle)
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:  # SSLError, for a file that holds no certificates, is one
        msg = f"The certificates in {ca_bundle} cannot be read: {error}."
        raise ValueError(msg) from error


def _parsed(url: str) -> Url:
    try:
        return parse_url(url)
    except LocationParseError as error:
        msg = "An address must have the form https://host:port."
        raise ValueError(msg) from error
