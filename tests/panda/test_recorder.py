"""A call is noted once before and once after, however it ends."""

import pytest

from app.panda.errors import OutcomeUnknown
from app.panda.masking import Mask
from app.panda.recorder import CallRequest, Recording, SilentRecorder
from app.panda.transport import Answer
from tests.panda.scripted import TOKEN, Notes

CALL = CallRequest("GET", "task/get_status", 3, "{}")


def test_an_error_that_is_not_ours_is_noted_by_its_name(notes: Notes) -> None:
    recording = Recording(notes, CALL, Mask())
    recording.heard(Answer(200, b"{}"))

    with pytest.raises(KeyboardInterrupt), recording:
        raise KeyboardInterrupt

    outcome = notes.only_outcome()
    assert (outcome.http_status, outcome.answer, outcome.error) == (200, "{}", "KeyboardInterrupt")


def test_the_answer_of_our_error_is_noted(notes: Notes) -> None:
    with pytest.raises(OutcomeUnknown), Recording(notes, CALL, Mask()):
        raise OutcomeUnknown("Lost.", http_status=502, answer="<html>")

    outcome = notes.only_outcome()
    assert (outcome.http_status, outcome.answer, outcome.error) == (502, "<html>", "OutcomeUnknown")


def test_the_noted_answer_is_cut_and_masked(notes: Notes) -> None:
    with Recording(notes, CALL, Mask(TOKEN)) as recording:
        recording.heard(Answer(200, TOKEN.encode() + b"x" * 5000))

    assert notes.only_outcome().answer == "<masked>" + "x" * (4096 - len("<masked>"))


def test_a_silent_recorder_lets_everything_pass() -> None:
    with Recording(SilentRecorder(), CALL, Mask()) as recording:
        recording.heard(Answer(200, b"{}"))
