"""Settings of labels and comments: what cannot work is told when the service starts."""

import pytest

from app.settings import check
from tests.test_settings import problems, read

TRACKER = "https://tracker.example.org/browse/{request}"


@pytest.mark.parametrize(
    "settings",
    [
        {"REQUEST_URL": TRACKER},
        {"REQUEST_URL": "http://tracker.example.org/?id={request}#c"},
        {"CAMPAIGNS": ["2026-spring", "two words", "весна"]},
        {"REQUEST_PATTERN": "[A-Z]+-[0-9]+", "REQUEST_EXAMPLE": "SPD-1"},
        {"COMMENT_EDIT_MINUTES": 1, "COMMENTS_PER_PERSON_AND_HOUR": 1},
    ],
)
def test_what_can_work_is_accepted(tmp_path, settings):
    check(read(tmp_path, **settings))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUEST_URL", "https://tracker.example.org/browse/"),
        ("REQUEST_URL", "https://{request}.example.org/"),
        ("REQUEST_URL", f"{TRACKER}/{{request}}"),
        ("REQUEST_URL", "javascript:alert({request})"),
        ("REQUEST_URL", "tracker/{request}"),
        ("REQUEST_URL", "https://tracker.example.org/a b/{request}"),
        ("REQUEST_URL", "https://user:pass@tracker.example.org/{request}"),
        ("CAMPAIGNS", [""]),
        ("CAMPAIGNS", ["x" * 65]),
        ("CAMPAIGNS", [" blank"]),
        ("CAMPAIGNS", [7]),
        ("CAMPAIGN_PATTERN", "["),
        ("CAMPAIGN_EXAMPLE", "two words"),
        ("REQUEST_PATTERN", "(?P<a>"),
        ("REQUEST_EXAMPLE", ""),
        ("COMMENT_EDIT_MINUTES", 0),
        ("COMMENTS_PER_PERSON_AND_HOUR", 0),
    ],
)
def test_what_cannot_work_is_refused_by_its_name(tmp_path, name, value):
    [problem] = problems(tmp_path, **{name: value})

    assert problem.partition(":")[0].partition(" ")[0] == name
