"""Where a page may lead on to: nowhere but to paths of this site."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from app.security import own_path
from tests.conftest import PASSWORD
from tests.views.conftest import HTMX
from tests.views.reading import read

HOME = "/tasks"

# What has led people to other sites elsewhere; as it arrives, after the form was decoded.
ELSEWHERE = [
    "https://evil.example", "http://evil.example/tasks", "HTTPS://EVIL.EXAMPLE", "//evil.example",
    "///evil.example", "////evil.example", "//evil.example/%2f..", "/\\evil.example", "\\/evil.example",
    "\\\\evil.example", "/\\/evil.example", "//\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "/\r/evil.example", "\t//evil.example", "\n//evil.example", " //evil.example", "\x00//evil.example",
    "/\x00/evil.example", "/\x0b/evil.example", "\u200b//evil.example", "/\u200b/evil.example",
    "\ufeff//evil.example", "\u3000//evil.example", "https:evil.example", "https:/evil.example",
    "https:///evil.example", "http:\\\\evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)",
    "file:///etc/passwd", "ftp://evil.example", "mailto:a@evil.example", "evil.example",
    "evil.example/tasks", "@evil.example", "localhost@evil.example", "//localhost@evil.example",
    "//evil.example:80", "//[::1]", "//[", "http://[", "//\u2100.example", "//evil\u3002example",
    "?next=//evil.example", "#//evil.example", ".", "..", "./tasks", "../tasks", "", " ",
    "/tasks\r\nSet-Cookie: a=b", "/tasks\nLocation: https://evil.example", "/tasks\\..\\evil",
    "/" + "a" * 3000, "/\u2028/evil.example/\u202e",
]  # fmt: skip

OURS = [
    "/",
    "/tasks",
    "/tasks?sort=-name&page=2",
    "/tasks/12#history",
    "/tasks/new/size?year=2026&x=a%2Fb",
    "/ä/б",
]


HOST = "evil.example"
# How other sites are written, and what is put around them so that a check looks away.
SCHEMES = ["https:", "HtTp:", "javascript:", "data:", ""]
SLASHES = [
    "//",
    "/",
    "///",
    "\\\\",
    "/\\",
    "\\/",
    "/\t/",
    "/\r\n/",
    "\uff0f\uff0f",
    "\u2044\u2044",
    "\u2215/",
    "",
]
USERS = ["", "localhost@"]
BEGINNINGS = ["", " ", "\t", "\x00", "\x1f", "\u2028", "\ufeff", "\u200e", "\r\n"]
ENCODED = [
    template.format(letters)
    for letters in (
        "%2f%2f",
        "%252f%252f",
        "%5c%5c",
        "%255c",
        "%09/",
        "%0d%0a//",
        "%00//",
        "%e2%80%8b//",
        "%ff//",
    )
    for template in ("{}" + HOST, "/{}" + HOST, "/tasks/..{}" + HOST, "/%2e%2e{}" + HOST)
]
PAYLOADS = sorted(
    {
        *(scheme + slashes + user + HOST for scheme in SCHEMES for slashes in SLASHES for user in USERS),
        *(beginning + "//" + user + HOST for beginning in BEGINNINGS for user in USERS),
        *(beginning + "https://" + HOST for beginning in BEGINNINGS),
        *ENCODED,
        *(f"//{HOST}" + end for end in ("", "/", "?", "#", ":443", "/%2f..", "\\", "." * 3000)),
        *ELSEWHERE,
    }
)


def host_of(location):
    """Return the host that a browser goes to: it cuts blanks and control characters off and out."""
    seen = location.strip("".join(map(chr, range(33)))).translate({9: None, 10: None, 13: None})
    try:
        return urlsplit(urljoin("http://localhost/sign-in", seen.replace("\\", "/"))).netloc
    except ValueError:  # no address at all: a browser stays where it is
        return "localhost"


def test_the_list_of_payloads_is_long():
    assert len(PAYLOADS) >= 200
    leaving = [target for target in PAYLOADS if HOST in host_of(target) or ":" in target.partition("/")[0]]
    assert len(leaving) >= 100, "most of them would lead elsewhere if nobody looked"


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestEveryPayload:
    @pytest.fixture
    def settings(self):
        return {"SIGN_IN_TRIES": 10_000, "SIGN_IN_TRIES_PER_ADDRESS": 10_000}

    def test_none_leads_away_from_signing_in(self, client, make_user):
        typed = {"username": make_user().username, "password": PASSWORD}

        answers = {target: client.post("/sign-in", data=typed | {"next": target}) for target in PAYLOADS}

        assert {answer.status_code for answer in answers.values()} == {303}
        assert not [answer.location for answer in answers.values() if set(answer.location) & set("\r\n\t\\")]
        assert {target: host_of(answer.location) for target, answer in answers.items()} == dict.fromkeys(
            PAYLOADS, "localhost"
        )

    def test_none_leads_away_from_the_preferences(self, client):
        answers = {
            target: client.post("/preferences", data={"language": "ru", "next_url": target})
            for target in PAYLOADS
        }

        assert {host_of(answer.location) for answer in answers.values()} == {"localhost"}

    def test_none_stands_behind_a_link_of_the_sign_in_page(self, client):
        for target in PAYLOADS:
            page = client.get("/sign-in", query_string={"next": target})

            links = [element.attributes.get("href", "") for element in read(page).all("a")]
            assert {host_of(link) for link in links} == {"localhost"}, target


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_target_elsewhere_is_no_path_of_ours(target):
    assert own_path(target) is None


@pytest.mark.parametrize("target", OURS)
def test_a_path_of_ours_is_kept(target):
    assert own_path(target) == target


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("target", OURS[:-1])
def test_signing_in_leads_to_the_page_that_was_wanted(client, make_user, target):
    page = read(client.get(f"/sign-in?next={quote(target)}"))
    typed = dict(page.one("form", action="/sign-in").sent())

    answer = client.post("/sign-in", data=typed | {"username": make_user().username, "password": PASSWORD})

    assert answer.location == target


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_page_that_needs_a_person_leads_to_sign_in_and_back(client):
    answer = client.get("/tasks?q=min%20bias&sort=name")

    assert (answer.status_code, answer.location) == (
        303,
        "/sign-in?next=/tasks?q%3Dmin%2520bias%26sort%3Dname",
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("page", "next_"),
    [
        ("http://localhost/tasks?page=2", "?next=/tasks?page%3D2"),
        ("http://localhost/tasks/7", "?next=/tasks/7"),
        ("http://evil.example//evil.example", ""),
        ("http://[", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
    ],
)
def test_a_piece_without_a_person_leads_its_page_to_sign_in(client, page, next_):
    headers = HTMX | ({"HX-Current-URL": page} if page else {})

    answer = client.get("/tasks?sort=name", headers=headers)

    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == f"/sign-in{next_}"
    assert "Location" not in answer.headers


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "path",
    [
        "/heartbeat", "/tasks?revision=x", "/calls?revision=x", "/tasks/1/status?revision=x",
        "/tasks/new/preview?year=2026", "/tasks/new/size/preview?events=1",
    ],
)  # fmt: skip
def test_what_a_page_asks_by_itself_never_throws_a_form_away(client, path):
    answer = client.get(path, headers=HTMX | {"HX-Current-URL": "http://localhost/tasks/new"})

    assert (answer.status_code, answer.text) == (401, "")
    assert not {"HX-Redirect", "Location"} & set(answer.headers.keys())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_sign_in_page_says_why_it_was_reached(client):
    led, chosen = client.get("/sign-in?next=/tasks"), client.get("/sign-in")

    said = "Please sign in to go on."
    assert [said in read(answer).one("main").text for answer in (led, chosen)] == [True, False]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_odd_bytes_in_an_address_are_no_error(client, sign_in):
    query = "year=\xff\xfe%00%ff&f_year=\xff&q=\xff"

    for browser in (client, sign_in()):
        for path in ("/tasks/new/size", "/tasks/new", "/tasks", "/calls", "/sign-in"):
            answer = browser.get(path, environ_overrides={"QUERY_STRING": query})
            assert answer.status_code in {200, 303}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "query",
    [
        "_external=1&_scheme=javascript", "_anchor=%0d%0aX:1", "_method=POST", "endpoint=auth.sign_in",
        "_host=evil", "values=1", "self=1", "task_id=1",
    ],
)  # fmt: skip
def test_the_list_passes_no_parameter_on_to_the_builder_of_addresses(sign_in, query):
    answer = sign_in().get(f"/tasks?field=year&value=2026&{query}")

    assert (answer.status_code, answer.location) == (303, "/tasks?f_year=2026")
