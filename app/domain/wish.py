"""An order as a person gives it, and what can be wrong with it whatever the task."""

import re
from dataclasses import dataclass

from app.domain.command import HARD, LONGEST_COMMENT, SOFT, needs_comment
from app.domain.problem import Problem
from app.domain.task_state import CommandKind


@dataclass(frozen=True)
class Wish:
    """An order as a person gives it. argument: a new priority; soft or hard."""

    kind: CommandKind
    argument: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class WishRules:
    """Which priorities people may give."""

    lowest: int
    highest: int


def check_wish(wish: Wish, rules: WishRules) -> list[Problem]:
    """Return what is wrong with an order, whatever the task."""
    problems = []
    if needs_comment(wish.kind) and not wish.comment.strip():
        problems.append(Problem("comment", "missing"))
    if (length := len(wish.comment)) > LONGEST_COMMENT:
        problems.append(Problem("comment", "too_long", {"length": length, "maximum": LONGEST_COMMENT}))
    if wish.kind is CommandKind.FINISH and wish.argument not in {SOFT, HARD}:
        problems.append(Problem("argument", "not_in_vocabulary", {"allowed": (SOFT, HARD)}))
    if wish.kind is CommandKind.PRIORITY:
        problems += _check_priority(wish.argument or "", rules)
    return problems


def _check_priority(text: str, rules: WishRules) -> list[Problem]:
    text = text.strip()
    if not text:
        return [Problem("argument", "missing")]
    # An integer column takes no longer one.
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        return [Problem("argument", "not_an_integer", {"value": text})]
    if int(text) < rules.lowest:
        return [Problem("argument", "too_small", {"minimum": str(rules.lowest)})]
    if int(text) > rules.highest:
        return [Problem("argument", "too_large", {"maximum": str(rules.highest)})]
    return []


def argument_of(wish: Wish) -> str | None:
    """Return the argument as it is stored and later compared with what PanDA says. The wish must be right."""
    match wish.kind:
        case CommandKind.PRIORITY:
            return str(int(wish.argument or ""))
        case CommandKind.FINISH:
            return wish.argument
        case _:
            return None
