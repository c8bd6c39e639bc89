"""URLs of a list: every filter, sort and page stands in them."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import url_for

ListUrl = Callable[..., str]


def list_url_for(endpoint: str, present: Mapping[str, Any]) -> ListUrl:
    """Return a function that builds the list's URL with some parts changed; None or "" leaves a part out."""

    def list_url(**changes: Any) -> str:
        return url_with(endpoint, {**present, **changes})

    return list_url


def url_with(endpoint: str, parts: Mapping[str, Any]) -> str:
    """Return a URL with these parts in its query: a tuple is repeated; None, "" or () leaves a part out.

    Parts may come from people: url_for would take some of their names for its own arguments.
    """
    query = query_of(parts)
    return f"{url_for(endpoint)}?{query}" if query else url_for(endpoint)


def query_of(parts: Mapping[str, Any]) -> str:
    """Return the query of a URL, as url_with writes it."""
    return urlencode(
        {name: value for name, value in parts.items() if value not in (None, "", ())}, doseq=True
    )


def page_number(text: str | None) -> int:
    """Return the number of a page from the URL; anything else is the first."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 and int(text) else 1
