"""How large a request may be: more than elsewhere where a table of tasks is sent, and no more than that."""

from flask import Flask, current_app, request

# The other fields of the form, bytes.
_BESIDE = 1 << 16


def configure(app: Flask) -> None:
    """Allow each request its size before anything reads its form."""
    app.before_request(_allow)


def _allow() -> None:
    if request.endpoint == "imports.check":
        most = current_app.config["IMPORT_BYTES_LIMIT"]
        # A browser writes two bytes for the end of a line.
        request.max_form_memory_size = 2 * most + _BESIDE
        # The text that stands in the box, and a new file.
        request.max_content_length = 3 * most + _BESIDE
