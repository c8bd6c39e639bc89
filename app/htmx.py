"""What is to be known of htmx's headers, in one place."""

from flask import Response, make_response, request


def wants_fragment() -> bool:
    """Say whether only a piece of the page is wanted: asked by htmx, not boosted, not restoring history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def nothing_new() -> Response:
    """Answer a poll that finds nothing changed: htmx leaves the page as it is."""
    return make_response("", 204)
