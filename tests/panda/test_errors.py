"""The tree of errors, as callers see it."""

import pickle

import pytest

from app.panda import errors


def test_the_tree_says_what_may_be_done_next() -> None:
    for kind in (errors.PandaUnavailable, errors.Overloaded, errors.NoToken):
        assert issubclass(kind, errors.NotSent)
    for name in (
        "AccessRefused",
        "TooManyActiveTasks",
        "ArgumentsRefused",
        "NotInThisState",
        "TaskNotFound",
        "MethodForbidden",
    ):
        assert issubclass(getattr(errors, name), errors.Refused)
    for first in (errors.NotSent, errors.OutcomeUnknown, errors.Refused):
        others = {errors.NotSent, errors.OutcomeUnknown, errors.Refused} - {first}
        assert issubclass(first, errors.PandaError)
        assert not issubclass(first, tuple(others))


def test_an_error_keeps_the_beginning_of_the_answer() -> None:
    error = errors.OutcomeUnknown("No answer.", http_status=500, answer="x" * 5000)

    assert str(error) == "No answer."
    assert error.http_status == 500
    assert error.answer == "x" * 4096


def test_a_refusal_quotes_panda() -> None:
    error = errors.TooManyActiveTasks("Too many active tasks ", 10, http_status=200, answer="a")

    assert str(error) == "PanDA accepts no more tasks for now: Too many active tasks"
    assert (error.message, error.data) == ("Too many active tasks ", 10)


@pytest.mark.parametrize(
    "error",
    [
        errors.PandaUnavailable("Gone."),
        errors.OutcomeUnknown("Lost.", http_status=502, answer="<html>"),
        errors.TaskNotFound("Task not found", 2, http_status=200, answer="{}"),
    ],
)
def test_an_error_survives_the_way_to_another_process(error: errors.PandaError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
