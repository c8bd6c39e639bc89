"""Labels: how tags are read, and what is refused."""

from dataclasses import replace

import pytest

import config
from app.domain.labels import LabelRules, Labels, check_labels, tags_in
from tests.domain.shipped import brief

RULES = LabelRules.from_settings(vars(config))


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("", ()),
        ("b, a", ("a", "b")),
        ("a a,A;a\n#a", ("a",)),
        ("jpsi-mumu 2026", ("2026", "jpsi-mumu")),
        ("  ,; ", ()),
    ],
)
def test_tags_are_parted_by_blanks_and_commas(typed, tags):
    assert tags_in(typed) == tags


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (Labels(("a" * 32, "0-9"), "2026.spring_1", "SPDPROD-123"), []),
        (Labels(tuple(str(number) for number in range(10))), []),
        (Labels(tuple(str(number) for number in range(11))), ["tags too_many_tags"]),
        (Labels(("a" * 33,)), ["tags wrong_tag"]),
        (Labels(("under_score", "тег")), ["tags wrong_tag"]),
        (Labels(campaign="two words"), ["campaign wrong_pattern"]),
        (Labels(campaign="c" * 65), ["campaign wrong_pattern"]),
        (Labels(campaign="весна"), ["campaign wrong_pattern"]),
        (Labels(request="<b>"), ["request wrong_pattern"]),
        (Labels(request="a\n"), ["request wrong_pattern"]),
        (Labels(("A",), "a b", "c d"), ["tags wrong_tag", "campaign wrong_pattern", "request wrong_pattern"]),
    ],
)
def test_labels_are_judged(labels, expected):
    assert brief(check_labels(labels, RULES)) == expected


def test_of_a_list_of_campaigns_one_is_chosen():
    rules = replace(RULES, campaigns=("first", "two words"))

    assert check_labels(Labels(campaign="two words"), rules) == check_labels(Labels(), rules) == []
    assert brief(check_labels(Labels(campaign="third"), rules)) == ["campaign not_in_vocabulary"]


def test_what_a_task_has_may_stay_when_the_rules_change():
    kept, rules = Labels((), "old", "OLD 1"), replace(RULES, campaigns=("new",))

    assert check_labels(kept, rules, kept) == []
    assert brief(check_labels(kept, rules)) == ["campaign not_in_vocabulary", "request wrong_pattern"]
