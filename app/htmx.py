"""What is to be known of htmx's headers, in one place."""

from urllib.parse import urlsplit

from flask import Response, make_response, request


def wants_fragment() -> bool:
    """Say whether only a piece of the page is wanted: asked by htmx, not boosted, not restoring history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page_of_fragment() -> str | None:
    """Return path and query of the page that asks for a piece, as htmx tells it."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return None
    return f"{page.path}?{page.query}" if page.query else page.path or None


def nothing_new() -> Response:
    """Answer a poll that finds nothing changed: htmx leaves the page as it is."""
    return make_response("", 204)
