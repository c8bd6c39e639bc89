"""Pages in Russian hold no English: neither a text of the catalogue nor one that is not even in it."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.views.reading import Element, read
from tools import translations

# Which words a page has does not depend on the database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

READ_ALOUD = ("aria-label", "title", "placeholder", "alt", "data-label", "data-copied")
# JSON, names of tasks and of people, and what PanDA said, are shown as they are.
AS_IT_IS = {"pre", "code", "script", "style"}
AS_IT_IS_CLASSES = {"mono", "name", "bar-person-name"}
NAMES = re.compile("SPD Production Manager|Europe/Moscow|Test (Physicist|Manager|Viewer)")
# The history keeps why a state changed in the words it came with; tests/build_task.py makes the first two up.
REASON = re.compile(r"PanDA refused it|the answer was lost")
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+,? [a-z]{2,}\b")

GOOD_NAME = (
    "year=2026&source=MC&energy=27&polarization=UU&description=minbias&run=59&data_type=SIMULATION"
    "&dataset=myDataset.123456.name&version=1&collision=pp"
)
WITHOUT_INPUT = GOOD_NAME.replace("MC", "Data").replace("SIMULATION", "RECO")
BAD_NAME = (
    "year=2031&source=Data&energy=40&polarization=XX&description=min bias&run=x&data_type=SIMULATION"
    "&dataset=a..b&version=0&collision=dd"
)


def pattern_of(text: str) -> str:
    return ".+".join(re.escape(part) for part in re.split(r"%\(\w+\)s", text))


def english_texts() -> re.Pattern[str]:
    """Match any text of the catalogue whose Russian is another, its placeholders filled in."""
    texts = []
    for message in translations.read_russian():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts += [text for text in ids if len(text) > 3 and text != message.string]
    assert len(texts) > 300
    return re.compile("|".join(map(pattern_of, texts)))


LEFT_IN_ENGLISH = english_texts()


def is_as_it_is(element: Element) -> bool:
    attributes = element.attributes
    if attributes.get("lang", "ru") != "ru" and element.tag != "html":
        return True
    return element.tag in AS_IT_IS or bool(AS_IT_IS_CLASSES & set(attributes.get("class", "").split()))


def texts_of(element: Element) -> Iterator[str]:
    """Yield every text that is seen or read aloud, blanks put in order."""
    for part in element.parts:
        if isinstance(part, str):
            yield NAMES.sub("", " ".join(part.split()))
        elif not is_as_it_is(part):
            yield from (part.attributes[name] for name in READ_ALOUD if name in part.attributes)
            yield from texts_of(part)


def assert_russian(answer):
    page = read(answer)
    texts = [text for text in texts_of(page) if not REASON.fullmatch(text)]

    if page.has("html"):
        assert page.one("html").attributes["lang"] == "ru"
    assert any(re.search("[а-я]", text) for text in texts)
    assert [text for text in texts if LEFT_IN_ENGLISH.fullmatch(text)] == []
    assert [text for text in texts if ENGLISH.search(text)] == []


@pytest.fixture
def stranger(client):
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru-RU,ru;q=0.9,en;q=0.5"
    return client


@pytest.fixture
def enter(sign_in):
    """enter(role) → a browser of somebody of that role who reads Russian."""

    def sign(role):
        browser = sign_in(role)
        browser.get("/tasks")  # it was welcomed before it said what it reads
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"
        return browser

    return sign


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/forgotten", "/link/confirm"])
def test_the_pages_before_signing_in_are_in_russian(stranger, path):
    assert_russian(stranger.get(path))


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/sign-in", {}),
        ("/sign-in", {"username": "nobody", "password": "something"}),
        ("/register", {}),
        ("/forgotten", {"email": "x"}),
        (
            "/register",
            {"username": "X", "email": "x", "password": "x", "password_again": "y", "first_name": "x" * 200},
        ),
    ],
)
def test_a_refused_form_of_an_account_says_why_in_russian(stranger, path, typed):
    answer = stranger.post(path, data=typed)

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/tasks",
        "/tasks?q=nothing&state=draft&creator=nobody&f_run=1",
        "/tasks?tag=x&campaign=x&request=x&followed=@me",
        "/tasks/import",
        "/presets",
        "/tasks/compare",
        "/tasks/compare?a=999&b=no.such.name",
        "/tasks?q=1,2&creator=@me&updated=7d&updated=14d..2w&created=2026-03-01..&created=..3h&chain=x",
        "/tasks?f_run=59-70&f_run=5-&f_energy=-27&panda=7&type=MC&list=x",
        "/views",
        "/tasks/new",
        f"/tasks/new?{BAD_NAME}",
        f"/tasks/new/size?{GOOD_NAME}",
        f"/tasks/new/size?{GOOD_NAME}&events=1000&jobs=7",
        f"/tasks/new/size?{WITHOUT_INPUT}&events=1000&jobs=7",
        "/calls",
        "/calls?q=nothing&method=task/submit&outcome=NotSent&task=1&user=nobody",
        "/profile/identities",
        "/heartbeat",
        "/no-such-page",
        "/tasks/999",
        "/profile",
        "/profile/password",
        "/profile/email",
    ],
)
def test_the_pages_of_a_physicist_are_in_russian(enter, path):
    browser = enter("physicist")

    answer = browser.get(path)

    assert_russian(answer)


def test_saved_views_are_in_russian(enter):
    manager, viewer = enter("manager"), enter("viewer")
    first, again = (
        manager.post("/views", data={"name": "1", "query": "f_run=5-&updated=7d", "is_shared": "y"})
        for _ in "12"
    )
    manager.post("/views/1/default")

    assert (first.status_code, again.status_code) == (303, 422)
    for answer in (again, manager.get("/views"), viewer.get("/views"), viewer.get("/tasks?all=1")):
        assert_russian(answer)
    refused = viewer.post("/views/1/change", data={"name": "2"})
    assert refused.status_code == 403
    assert_russian(refused)


def test_presets_are_in_russian(app, enter):
    physicist, manager = enter("physicist"), enter("manager")
    typed = {**dict(pair.split("=") for pair in GOOD_NAME.split("&")), "steps": "SIMULATION-RECO"}
    saved, again, empty = (
        physicist.post("/presets", data={**values, "name": "1", "is_shared": "y", "form_of": "task"})
        for values in (typed, typed, {})
    )
    app.config["PRESETS_LIMIT"] = 1
    too_many = physicist.post("/presets", data={**typed, "name": "2"})
    too_long = physicist.post("/presets", data={**typed, "name": "3", "dataset": "x" * 3000})

    refused = [again, empty, too_many, too_long]
    assert [answer.status_code for answer in (saved, *refused)] == [303, 422, 422, 422, 422]
    pages = ("/presets", "/tasks/new?preset=1", "/chains/new?preset=1", "/recipes")
    for answer in (*refused, *(browser.get(page) for browser in (physicist, manager) for page in pages)):
        assert_russian(answer)


@pytest.mark.parametrize("text", ["", " ".join(map(str, range(1001)))])
def test_a_refused_list_says_why_in_russian(enter, text):
    answer = enter("physicist").post("/tasks/paste", data={"text": text, "query": "state=done"})

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(("path", "typed"), [("/tasks/new", ""), ("/tasks/new", BAD_NAME)])
def test_a_refused_name_says_why_in_russian(enter, path, typed):
    answer = enter("physicist").post(path, data=f"{typed}&action=continue", content_type=FORM)

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(
    "text",
    [
        "", "x,enrgy,run,run", "\x00", "[{", "{}", "[1]", "- &a", "- a: 1\n  b: [[[[[[[[[[", "a,\n1,2",
        "a" * 2000, "run\n" + "1\n" * 30,
    ],
)  # fmt: skip
def test_a_refused_table_says_why_in_russian(app, enter, text):
    app.config.update(IMPORT_ROWS_LIMIT=20, IMPORT_BYTES_LIMIT=1000)

    answer = enter("physicist").post("/tasks/import", data={"text": text})

    assert answer.status_code == 422
    assert_russian(answer)


def test_a_checked_table_is_in_russian(enter, make_task):
    make_task("queued", run="1")
    good = dict(pair.split("=") for pair in GOOD_NAME.split("&")) | {"events": "1000", "jobs": "1"}
    bad = dict(pair.split("=") for pair in BAD_NAME.split("&")) | {"tags": "_", "events": "", "parent": "x"}
    bad["description"] = "min,bias"
    name = "2026.MC.27.UU.minbias.2.SIMULATION.myDataset.123456.name.1"
    rows = [
        good, good, bad, good | {"run": "1"}, good | {"run": "2"}, good | {"run": "4", "parent": name},
        good | {"run": "3", "data_type": "RECO", "parent": name}, good | {"events": [1]},
        good | {"run": "5", "energy": "40"},
    ]  # fmt: skip

    answer = enter("physicist").post("/tasks/import", data={"text": json.dumps(rows)})

    assert answer.status_code == 200
    assert_russian(answer)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("size", ["", "events=x&jobs=0", "events=10&jobs=20", "events=20000&jobs=20000"])
def test_a_refused_size_says_why_in_russian(enter, size):
    answer = enter("physicist").post(
        "/tasks/new/size", data=f"{GOOD_NAME}&{size}&action=draft", content_type=FORM
    )

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(
    "state",
    ["draft", "queued", "sending", "submitted", "unknown", "held", "given-up", "rejected", "withdrawn"],
)
def test_the_page_of_a_task_is_in_russian(enter, make_task, state):
    browser = enter("physicist")
    task = make_task(state, creator=browser.user)

    answer = browser.get(f"/tasks/{task.id}")

    assert_russian(answer)


def test_a_list_with_tasks_is_in_russian(enter, make_task):
    browser = enter("manager")
    for status in ("running", "done", "finished", "exhausted"):
        make_task("submitted", panda_status=status, creator=browser.user)

    answer = browser.get("/tasks?sort=-name")

    assert_russian(answer)


def test_the_log_of_calls_is_in_russian(enter, make_task):
    browser = enter("physicist")
    make_task("submitted", creator=browser.user)

    assert_russian(browser.get("/calls"))
    assert_russian(browser.get("/calls/1"))


def test_changing_a_task_is_in_russian(enter, make_task):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)

    assert_russian(browser.get(f"/tasks/{task.id}/edit"))
    assert_russian(browser.get(f"/tasks/{task.id}/edit", query_string="x"))


def test_what_is_remembered_of_a_task_is_in_russian(enter, make_task):
    browser = enter("physicist")
    task, other = (make_task("draft", creator=browser.user) for _ in "12")
    path = f"/tasks/{task.id}"

    wrong = [
        browser.post(
            f"{path}/labels", data={"version": "1", "tags": "_", "campaign": " _ ", "request": " _ "}
        ),
        browser.post(f"{path}/labels", data={"version": "7"}),
        browser.post(f"{path}/comments", data={"comment": "@человек" + "x" * 5000}),
    ]
    browser.post(f"{path}/labels", data={"version": "1", "tags": "тег tag", "campaign": "", "request": ""})
    browser.post(f"{path}/labels", data={"version": "1", "tags": "tag", "campaign": "", "request": ""})
    for words in ("первый", "второй"):
        browser.post(f"{path}/comments", data={"comment": words})
    browser.post("/comments/1/delete")

    assert [answer.status_code for answer in wrong] == [422, 409, 422]
    for answer in wrong:
        assert_russian(answer)
    pages = (
        path,
        f"{path}/labels",
        f"{path}/history",
        "/comments/2/edit",
        f"/tasks/compare?a={task.id}&b={other.id}",
    )
    for page in pages:
        assert_russian(browser.get(page))


def test_two_editors_are_told_in_russian(enter, make_task):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)
    fields = GOOD_NAME.replace("version=1", "version=7")
    sent = f"{fields}&events=1000&jobs=10&action=save&task_version={task.version + 1}"

    answer = browser.post(f"/tasks/{task.id}/edit", data=sent, content_type=FORM)

    assert answer.status_code == 409
    assert_russian(answer)


@pytest.mark.parametrize("action", ["submit", "withdraw", "back-to-draft", "delete"])
def test_what_an_action_did_is_told_in_russian(enter, make_task, action):
    browser = enter("physicist")
    task = make_task("draft", creator=browser.user)

    answer = browser.post(f"/tasks/{task.id}/{action}", data={"version": task.version}, follow_redirects=True)

    assert_russian(answer)


def test_what_a_role_may_not_do_is_told_in_russian(enter):
    answer = enter("viewer").get("/tasks/new")

    assert answer.status_code == 403
    assert_russian(answer)
