"""Create many tasks from a file: every row is checked and shown, then all are made, or the valid ones."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.domain.permission import Right
from app.domain.problem import Problem
from app.domain.task_table import TABLE, Format, TableRow, Unreadable
from app.domain.task_text import write
from app.forms.task_table import TableForm, read_table_form
from app.identity import needs, signed_in_user
from app.services.imports import Importer, Judged, Made, find_just_imported
from app.services.parameters import ParameterBuilder
from app.services.pasted_lists import keep_list
from app.services.problems import Invalid
from app.services.table_reader import read_rows
from app.views.import_page import columns_known, page_of, rows_in_words, rows_of_template
from app.views.submitted import words_of_made
from app.views.task_filters import LONGEST_TEXT, tasks_url
from app.views.task_form import task_rules, without_secrets

blueprint = Blueprint("imports", __name__)

Answer = str | BaseResponse | tuple[str, int]

# What the buttons say: which rows, and what becomes of them.
ALL, VALID = "all", "valid"
MAKING = {f"{which}-{what}" for which in (ALL, VALID) for what in ("draft", "submit")}
MIME_TYPES = {
    Format.CSV: "text/csv",
    Format.JSON: "application/json",
    Format.YAML: "application/yaml",
}


@blueprint.get("/tasks/import")
@needs(Right.CREATE_TASK)
def show() -> Answer:
    """Ask for a table, and say what it may hold."""
    return _page(TableForm("", None), None, [])


@blueprint.get("/tasks/import/template.<form>")
@needs(Right.CREATE_TASK)
def template(form: str) -> Response:
    """Answer a table to begin with, as a file."""
    if form not in set(Format):
        abort(404)
    text = write(rows_of_template(), columns_known().names, Format(form))
    answer = Response(text, content_type=f"{MIME_TYPES[Format(form)]}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="tasks.{form}"'
    return answer


@blueprint.post("/tasks/import")
@needs(Right.CREATE_TASK)
def check() -> Answer:
    """Check every row, or make the tasks."""
    form = _form()
    if form.problems:
        return _page(form, None, form.problems), 422
    limit = current_app.config["IMPORT_ROWS_LIMIT"]
    try:
        rows = read_rows(form.text, form.format, columns_known(), limit)
    except Unreadable as error:
        return _page(form, None, error.problems), 422
    action = request.form.get("action", "")
    if action not in MAKING:
        return _page(form, _judge(rows), [])
    if request.form.get("mark", form.mark) != form.mark:
        return _page(form, _judge(rows), [Problem(TABLE, "text_changed")]), 422
    return _make(form, rows, action)


def _make(form: TableForm, rows: list[TableRow], action: str) -> Answer:
    which, _dash, what = action.partition("-")
    submit, only_valid = what == "submit", which == VALID
    try:
        made = _importer().make(
            rows, signed_in_user(), _confirmed(), datetime.now(UTC), submit=submit, only_valid=only_valid
        )
    except Invalid as refusal:
        judged = _judge(rows)
        now = datetime.now(UTC)
        found = find_just_imported(judged, signed_in_user(), now, submit=submit, only_valid=only_valid)
        if found is None:
            return _page(form, judged, without_secrets(refusal.problems)), 422
        made = found
    return _go_on_with(made, is_submitted=submit)


def _go_on_with(made: Made, *, is_submitted: bool) -> BaseResponse:
    words = words_of_made(len(made.ids), submit=is_submitted, are_drafts=made.are_drafts)
    if made.left_out:
        words += " " + str(_("Rows left out: %(rows)s.", rows=rows_in_words(made.left_out)))
    flash(words, "success")
    return redirect(_address_of(made), 303)


def _address_of(made: Made) -> str:
    """Return the page that shows what was made, and nothing else."""
    if len(made.ids) == 1:
        return url_for("tasks.show", task_id=made.ids[0])
    in_line = ", ".join(map(str, made.ids))
    if len(in_line) <= LONGEST_TEXT:
        return tasks_url(q=in_line)
    return tasks_url(list=keep_list([str(each) for each in made.ids], datetime.now(UTC)))


def _form() -> TableForm:
    uploaded = request.files.get("file")
    return read_table_form(
        request.form.get("text", ""),
        uploaded.read() if uploaded else b"",
        request.form.get("format", ""),
        current_app.config["IMPORT_BYTES_LIMIT"],
    )


def _confirmed() -> frozenset[str]:
    return frozenset(request.form.getlist("confirmed"))


def _importer() -> Importer:
    config = current_app.config
    return Importer(task_rules(), config["RECIPE_BOOK"], ParameterBuilder(config))


def _judge(rows: list[TableRow]) -> Judged:
    return _importer().judge(rows, signed_in_user(), datetime.now(UTC))


def _page(form: TableForm, judged: Judged | None, in_the_way: list[Problem]) -> str:
    return render_template("tasks/import.html", **page_of(form, judged, _confirmed(), in_the_way))
