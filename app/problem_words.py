"""The words of problems: what is wrong with a field, in the reader's language."""

import re
from collections.abc import Callable

from flask_babel import gettext, ngettext

from app.domain.problem import Problem
from app.language import number
from app.messages import state_word
from app.table_words import TABLE_WORDS
from app.texts import in_language


def problem_text(problem: Problem) -> str:
    """Say what is wrong with a field, and how to put it right where there is a way."""
    words = _PROBLEMS.get(problem.code)
    if words is None:
        message = f"no words for the problem {problem.code!r}"
        raise KeyError(message)
    return words(problem)


def _of(text: str) -> Callable[[Problem], str]:
    """Words with the values of the problem filled in. gettext is called when they are shown."""
    return lambda problem: gettext(text, **_shown(problem))


def _shown(problem: Problem) -> dict[str, object]:
    return {name: _for_reading(name, value) for name, value in problem.values.items()}


# What was typed, ids and names of people are shown as they are, be they all digits.
_QUANTITIES = frozenset(
    {
        "minimum", "maximum", "limit", "usual_minimum", "usual_maximum", "events", "jobs", "events_per_job",
        "length", "last", "tasks", "bytes", "rows", "cells", "columns",
    }
)  # fmt: skip


def _for_reading(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return ", ".join(value)
    digits = str(value)
    is_long_number = name in _QUANTITIES and re.fullmatch(r"[0-9]{5,}", digits)
    return number(int(digits)) if is_long_number else value


def _mark(text: str) -> str:
    """Mark a text for translation here and translate it later (pybabel's keyword)."""
    return text


def _collision(text: str, assumed: str) -> Callable[[Problem], str]:
    return lambda problem: gettext(assumed if problem.values["is_assumed"] else text, **_shown(problem))


def _rule(problem: Problem) -> str:
    words = in_language(problem.values["text"])
    if not problem.values["assumed"]:
        return words
    assumed = gettext("(%(assumed)s is assumed, as no collision system is chosen.)", **_shown(problem))
    return f"{words} {assumed}"


def _too_long(problem: Problem) -> str:
    maximum = problem.values["maximum"]
    words = ngettext(
        "Too long: %(length)s characters, at most %(num)s is allowed.",
        "Too long: %(length)s characters, at most %(num)s are allowed.",
        int(str(maximum)),
        length=problem.values["length"],
    )
    return str(words)


def _sample_exists(problem: Problem) -> str:
    shown = {**_shown(problem), "state": state_word(str(problem.values["state"]))}
    if problem.values["tasks"] == 1:
        words = gettext(
            "This sample exists already: task %(id)s, “%(state)s”, %(events)s events. Extend it instead?",
            **shown,
        )
    else:
        words = gettext(
            "This sample exists already: task %(id)s, “%(state)s”, and others, %(events)s events together. Extend it instead?",
            **shown,
        )
    return str(words)


def _nothing_to_extend(problem: Problem) -> str:
    shown = {**_shown(problem), "state": state_word(str(problem.values["state"]))}
    return str(
        gettext(
            "Task %(id)s is “%(state)s”: only what PanDA has, and what has not come to nothing, can be extended.",
            **shown,
        )
    )


def _name_taken(problem: Problem) -> str:
    if "id" not in problem.values:
        return str(gettext("This name is taken. Choose another version or description."))
    return str(
        gettext(
            "Task %(id)s of %(creator)s has this name already. Choose another version or description.",
            **_shown(problem),
        )
    )


_PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "missing": _of(_mark("This must be filled in.")),
    "space": _of(_mark("A name cannot hold spaces.")),
    "foreign_letter": _of(_mark("Only Latin letters can stand in a name; these cannot: %(characters)s")),
    "separator": _of(
        _mark("“%(separator)s” separates the fields of a name, so it cannot stand in this one.")
    ),
    "forbidden_character": _of(
        _mark("Only Latin letters, digits, _ and - are allowed; these are not: %(characters)s")
    ),
    "misplaced_separator": _of(_mark("“%(separator)s” cannot stand first, last or twice in a row.")),
    "not_a_number": _of(_mark("“%(value)s” is not a number.")),
    "not_an_integer": _of(_mark("“%(value)s” is not a whole number.")),
    "not_canonical": _of(_mark("“%(value)s” is written %(expected)s in a name.")),
    "too_long": _too_long,
    "too_small": _of(_mark("At least %(minimum)s.")),
    "too_large": _of(_mark("At most %(maximum)s.")),
    "not_above": _of(_mark("Must be more than %(limit)s.")),
    "not_in_vocabulary": _of(_mark("This is not in the list: %(allowed)s")),
    "wrong_pattern": _of(_mark("Not in the expected form; for example: %(example)s")),
    "rule": _rule,
    "wrong_number_of_fields": _of(
        _mark("This name has %(found)s parts; the convention has %(expected)s fields.")
    ),
    "unusually_small": _of(_mark("Unusually small: normally at least %(usual_minimum)s. Is it meant so?")),
    "unusually_large": _of(_mark("Unusually large: normally at most %(usual_maximum)s. Is it meant so?")),
    "energy_below_collision": _collision(
        _mark("NICA's %(collision)s collisions begin at %(minimum)s GeV. Is it meant so?"),
        _mark(
            "NICA's %(collision)s collisions (assumed, as none are chosen) begin at %(minimum)s GeV. Is it meant so?"
        ),
    ),
    "energy_above_collision": _collision(
        _mark("NICA's %(collision)s collisions reach at most %(maximum)s GeV. Is it meant so?"),
        _mark(
            "NICA's %(collision)s collisions (assumed, as none are chosen) reach at most %(maximum)s GeV. Is it meant so?"
        ),
    ),
    "more_jobs_than_events": _of(
        _mark("More jobs (%(jobs)s) than events (%(events)s): some would have nothing to do.")
    ),
    "many_jobs": _of(_mark("PanDA would make %(jobs)s jobs, more than %(limit)s. Is it meant so?")),
    "long_jobs": _of(
        _mark(
            "Each job would take about %(hours)s h, but may take at most %(limit)s h; %(jobs)s jobs would fit. Is it meant so?"
        )
    ),
    "few_events_per_job": _of(_mark("Each job would make only %(events_per_job)s events. Is it meant so?")),
    "wrong_tag": _of(
        _mark("“%(tag)s” is no tag: it is made of small Latin letters, digits and -, at most 32 of them.")
    ),
    "too_many_tags": _of(_mark("At most %(maximum)s tags.")),
    "too_many_mentions": _of(_mark("A comment can name at most %(maximum)s people.")),
    "too_many_comments": _of(_mark("At most %(maximum)s comments an hour. Wait a little; your text stays.")),
    "column_too_long": _of(
        _mark("Too long for PanDA's %(key)s: %(length)s characters, at most %(maximum)s.")
    ),
    "unsafe_characters": _of(_mark("These characters must not reach PanDA: %(characters)s")),
    "no_recipe": _of(
        _mark("There is no recipe for the data type %(data_type)s. An administrator can add one.")
    ),
    "seed_missing": _of(_mark("The random seeds are allotted when the task is sent.")),
    "seeds_used_up": _of(
        _mark("The random seeds are used up: the last would be %(last)s, PanDA takes %(maximum)s.")
    ),
    "input_missing": _of(_mark("This data type reads a dataset, and the task has no parent to read from.")),
    "empty": _of(_mark("PanDA needs a value for %(key)s.")),
    "user_name_changes": _of(_mark("PanDA would change the user name “%(user_name)s”.")),
    "unknown_placeholder": _of(_mark("The recipe speaks of %(placeholder)s, which this name does not have.")),
    "name_taken": _name_taken,
    "not_ticked": _of(_mark("What is typed here would not be changed: tick the field as well, or empty it.")),
    "nothing_chosen": _of(_mark("Tick at least one field that is to be changed.")),
    "sample_exists": _sample_exists,
    "nothing_to_extend": _nothing_to_extend,
    "twin_not_extended": _of(_mark("Task %(id)s is only a test and belongs to no sample.")),
    "no_twin": _of(_mark("Only a task that reads no dataset can be tested first; %(data_type)s reads one.")),
    "no_twin_name": _of(_mark("No free name was found for the test. Choose another dataset name.")),
    "tested_differently": _of(
        _mark("A task and its test must be of the same sample: only dataset name and version may differ.")
    ),
    "not_the_sample": _of(
        _mark("This is not the sample of task %(id)s: an extension differs only in dataset name and version.")
    ),
    "extension_without_input": _of(
        _mark(
            "%(data_type)s only reads a dataset. Extend the task that made this dataset, or the whole chain."
        )
    ),
    "extension_without_seeds": _of(
        _mark("The recipe of %(data_type)s draws no random numbers: the same events would be made once more.")
    ),
    "event_numbers_repeat": _of(
        _mark(
            "The recipe numbers events from 1, so their numbers repeat those of the sample; the random seeds do not. Is it meant so?"
        )
    ),
    "other_software": _of(
        _mark(
            "The recipe has changed since: the sample was made with %(was)s, now it would be %(now)s. Is it meant so?"
        )
    ),
    "name_twice": _of(_mark("Another task of this plan has the same name.")),
    **{code: _of(text) for code, text in TABLE_WORDS.items()},
    "plan_too_large": _of(
        _mark("These would be %(tasks)s tasks; one plan may make %(maximum)s. Plan them in parts.")
    ),
    "username_taken": _of(_mark("This username is taken.")),
    "view_name_taken": _of(_mark("You have a view of this name already.")),
    "too_many_views": _of(_mark("You have %(limit)s saved views, and may keep no more. Delete one first.")),
    "preset_name_taken": _of(_mark("You have a preset of this name already.")),
    "too_many_presets": _of(_mark("You have %(limit)s presets, and may keep no more. Delete one first.")),
    "preset_gone": _of(
        _mark("There is no such preset any more, or it is shared no more. What you typed stays.")
    ),
    "email_taken": _of(_mark("This e-mail address has an account already.")),
    "password_too_short": _of(
        _mark(
            "Too short: %(length)s characters of at least %(minimum)s. Three or four words are easy to keep."
        )
    ),
    "password_too_long": _of(_mark("At most %(maximum)s characters.")),
    "password_of_known_words": _of(
        _mark(
            "It is mostly made of what anybody here would try: %(words)s. Add words that have nothing to do with it."
        )
    ),
    "password_common": _of(
        _mark(
            "Too easy to guess: it is a common password, or a pattern. Take three or four words that do not belong together."
        )
    ),
}
