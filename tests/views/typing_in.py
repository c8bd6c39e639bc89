"""Fill in the forms of a task as a browser without scripts does."""

from urllib.parse import parse_qsl, urlsplit

from tests.build_task import FIELDS
from tests.views.reading import read

SIZE = {"events": "1000000", "jobs": "1000"}
NAME = "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name.1"


def fields(**changes):
    """What somebody types into step 1."""
    return FIELDS | changes


def size(**changes):
    """What the form of step 2 sends: the fields of step 1 and the size."""
    return FIELDS | SIZE | changes


def form_of(answer, form="task-form"):
    """Return the form of the task, or another one, on a page."""
    return read(answer).one(id=form)


def summary_of(answer):
    """Return the words at the top of a refused form, "" where there are none."""
    found = list(read(answer).all(class_="problem-summary"))
    return found[0].text if found else ""


def problems_at(answer, field):
    """Return the words at a field, "" where there are none."""
    found = list(read(answer).all(id=f"problems-{field}"))
    return found[0].text if found else ""


def press(browser, answer, path, button=None, form="task-form", **changes):
    """Send the form of a page as it stands, with one of its buttons and after these changes."""
    form = form_of(answer, form)
    assert button is None or button[1] in form.buttons(button[0]), f"no button {button}"
    pairs = [(name, value) for name, value in form.sent() if name not in changes]
    for name, value in changes.items():
        pairs += [(name, each) for each in ([value] if isinstance(value, str) else value)]
    pairs += [button] if button else []
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return browser.post(path, data=data)


def query_of(answer):
    """Return path and query of where an answer leads."""
    parts = urlsplit(answer.location)
    return parts.path, parse_qsl(parts.query)
