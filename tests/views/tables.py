"""Tables of tasks as a browser sends them, and as the page shows them."""

import io
import re
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.domain.task_table import Format
from app.domain.task_text import write
from tests.build_table import NAMES
from tests.views.reading import read


def csv_of(*rows: dict[str, str]) -> str:
    return write(rows, NAMES, Format.CSV)


def send(
    browser: Any,
    text: str = "",
    action: str = "check",
    file: bytes | None = None,
    file_name: str = "tasks.csv",
    **more: Any,
) -> Any:
    data: dict[str, Any] = {"text": text, "action": action, **more}
    if file is not None:
        data["file"] = FileStorage(io.BytesIO(file), file_name)
    # Encoded here: the client would leave the file open that it makes of a large form.
    boundary, body = encode_multipart(data)
    return browser.post(
        "/tasks/import", data=body, content_type=f'multipart/form-data; boundary="{boundary}"'
    )


def box(answer: Any) -> str:
    """What stands in the box, as a browser sends it back."""
    return re.search(r"<textarea.*?>\n?(.*?)</textarea>", answer.text, re.DOTALL)[1]


def rows_shown(answer: Any) -> dict[str, str]:
    table = read(answer).one("table", class_="list import-rows").one("tbody")
    return {each.one("th").text: each.one("td", class_="import-task").text for each in table.all("tr")}


def wrong_cells(answer: Any) -> list[tuple[str, str]]:
    found = read(answer).all("td", class_="cell-wrong")
    return [(cell.attributes["data-label"], cell.text) for cell in found]
