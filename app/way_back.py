"""Where a form that stands on every page leads back to: a page that can be opened."""

from flask import current_app, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect


def page_to_come_back_to() -> str:
    """Return the address of this page; for the answer to a form, of the nearest page that can be opened.

    A form that is refused, or whose answer is a page, may have an address that takes the form alone.
    """
    if not _takes_forms_alone(request.path):
        return request.full_path if request.query_string else request.path
    above = request.path
    while above := above.rpartition("/")[0]:
        if _can_be_opened(above):
            return above
    return url_for("tasks.index")


def _takes_forms_alone(path: str) -> bool:
    try:
        _look_up(path)
    except MethodNotAllowed:
        return True
    except (NotFound, RequestRedirect):
        return False  # the page says so, in the other language too
    return False


def _can_be_opened(path: str) -> bool:
    try:
        _look_up(path)
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False
    return True


def _look_up(path: str) -> None:
    current_app.url_map.bind("").match(path, method="GET")
