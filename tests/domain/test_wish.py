"""An order as a person gives it: what is refused, field by field."""

import pytest

from app.domain.task_state import CommandKind
from app.domain.wish import Wish, WishRules, argument_of, check_wish

RULES = WishRules(lowest=0, highest=1000)
KILL, FINISH, PRIORITY = CommandKind.KILL, CommandKind.FINISH, CommandKind.PRIORITY


def problems(*wish):
    return [(problem.field, problem.code) for problem in check_wish(Wish(*wish), RULES)]


@pytest.mark.parametrize("comment", ["", "  ", "\n\t"])
def test_a_kill_needs_a_reason(comment):
    assert problems(KILL, None, comment) == [("comment", "missing")]
    assert problems(KILL, None, "wrong input") == problems(CommandKind.PAUSE, None, comment) == []


def test_a_comment_has_an_end():
    assert problems(CommandKind.PAUSE, None, "x" * 1000) == []
    assert problems(CommandKind.PAUSE, None, "x" * 1001) == [("comment", "too_long")]


@pytest.mark.parametrize("how", [None, "", "SOFT", "softly", "1"])
def test_a_finish_is_soft_or_hard(how):
    assert problems(FINISH, how) == [("argument", "not_in_vocabulary")]
    assert problems(FINISH, "soft") == problems(FINISH, "hard") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "missing"), (" ", "missing"), ("high", "not_an_integer"), ("9.5", "not_an_integer"),
        ("٣", "not_an_integer"), ("--5", "not_an_integer"), ("1" * 40, "not_an_integer"), ("-1", "too_small"),
        ("1001", "too_large"),
    ],
)  # fmt: skip
def test_a_priority_is_a_whole_number_in_its_range(text, code):
    assert problems(PRIORITY, text) == [("argument", code)]


@pytest.mark.parametrize(("text", "stored"), [("0", "0"), (" 0950 ", "950"), ("1000", "1000")])
def test_a_priority_is_stored_as_panda_will_say_it(text, stored):
    assert problems(PRIORITY, text) == []
    assert argument_of(Wish(PRIORITY, text)) == stored


def test_what_takes_no_argument_stores_none():
    assert argument_of(Wish(KILL, "950", "why")) is None
    assert argument_of(Wish(FINISH, "hard")) == "hard"
