"""Every error as a plain page: what happened, what was saved, what to do."""

import logging

from flask import Flask, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.wrappers import Response

from app.domain.permission import who_may
from app.extensions import db
from app.messages import role_word
from app.observing import request_id
from app.old_pages import way_out_of_an_old_page
from app.refusals import note_refusal
from app.security import FromAnotherSite
from app.services.problems import ChangedMeanwhile, NotAllowed, NotFound, NotPossibleNow

log = logging.getLogger(__name__)

Answer = tuple[str, int]

# What our own slips raise: the database is there, and the trace is wanted.
_SLIPS = (DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError)


def configure(app: Flask) -> None:
    """Register the pages of all errors."""
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(ChangedMeanwhile, lambda _error: _page(409))
    app.register_error_handler(NotPossibleNow, lambda _error: _page(409))
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(NoFreeConnection, _database)
    app.register_error_handler(Exception, _unexpected)


def _texts(code: int) -> tuple[str, str, str]:
    """Return title, what happened, and what to do."""
    return {
        400: (_("Bad request"), _("The request could not be understood."), _("Go back and try again.")),
        401: (_("Please sign in"), _("Your session has ended."), _("Sign in and try again.")),
        404: (
            _("Not found"),
            _("There is no such page, or it is not yours to see."),
            _("Check the address."),
        ),
        405: (
            _("Not possible"),
            _("This page cannot be used in this way."),
            _("Go back and use its buttons."),
        ),
        409: (
            _("Changed meanwhile"),
            _("The task was changed or sent while you were looking at it. Nothing was saved."),
            _("Look at the task again before you go on."),
        ),
        413: (_("Too much"), _("What you sent is larger than this service takes."), _("Nothing was saved.")),
        503: (
            _("The database does not answer"),
            _("Nothing of this request was saved."),
            _("Wait a moment and try again; tell an administrator if it stays so."),
        ),
    }.get(
        code,
        (_("Something went wrong"), _("Nothing of this request was saved."), _("Go back and try again.")),
    )


def _page(code: int, own_id: str | None = None) -> Answer:
    title, happened, to_do = _texts(code)
    return _render(code, title, happened, to_do, own_id), code


def _render(code: int, title: str, happened: str, to_do: str, own_id: str | None = None) -> str:
    return render_template(
        "errors/error.html",
        code=code,
        title=title,
        what_happened=happened,
        what_to_do=to_do,
        request_id=own_id,
    )


def _not_allowed(error: NotAllowed) -> Answer:
    note_refusal(f"needs the right to {error.right.value}")
    roles = ", ".join(role_word(role) for role in who_may(error.right))
    happened = _("Your role does not allow this. These roles may do it: %(roles)s.", roles=roles)
    to_do = _("Ask an administrator for another role, or somebody who has it to do it.")
    if not roles:
        happened, to_do = _("Only the person whose it is may do this."), _("Ask that person to do it.")
    return _render(403, _("Not allowed"), happened, to_do), 403


def _forged(error: CSRFError) -> Answer | Response:
    led_on = None if isinstance(error, FromAnotherSite) else way_out_of_an_old_page()
    if led_on is not None:
        return led_on
    note_refusal("the form came without its token, or from another site")
    happened = _("The page you sent this from has expired, or it came from another site. Nothing was saved.")
    to_do = _("Go back, reload the page and send it again.")
    if not request.cookies:
        to_do = (
            _("Your browser sent no cookie, and without one nobody can sign in or register.") + " " + to_do
        )
    return _render(400, _("Please try again"), happened, to_do), 400


def _http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    answer = make_response(*_page(error.code))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _foreign_host(_error: SecurityError) -> Response:
    """Answer in plain text: no address of ours can be built for a host that is not ours."""
    answer = make_response(_("This service does not answer to that host name."), 400)
    answer.mimetype = "text/plain"
    return answer


def _database(error: DBAPIError | NoFreeConnection) -> Answer:
    if isinstance(error, _SLIPS):
        return _unexpected(error)
    own_id = request_id()
    # The first line says what failed; later ones may hold values of rows.
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    log.error("request %s: the database failed: %s", own_id, said)
    return _bare_page(503, own_id)


def _unexpected(_error: Exception) -> Answer:
    own_id = request_id()
    log.exception("request %s failed", own_id)
    return _bare_page(500, own_id)


def _bare_page(code: int, own_id: str) -> Answer:
    """Render the page without asking the database, which may be what failed: as for somebody unknown."""
    g.without_heartbeat = True
    g._login_user = AnonymousUserMixin()  # where flask-login looks before it loads a person
    try:
        db.session.rollback()
        return _page(code, own_id)
    except Exception:  # whatever it was, somebody waits for an answer
        log.exception("request %s: the error page failed too", own_id)
        return f"{_texts_in_english(code)} (request {own_id})", code


def _texts_in_english(code: int) -> str:
    return "The database does not answer. Try again soon." if code == 503 else "Something went wrong."
