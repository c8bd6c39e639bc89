"""Everything the domain can say has words."""

from app import problem_words
from app.domain.problem import CODES
from app.domain.task_state import PANDA_STATUSES, TaskState
from app.state_words import STATES

# Problems of the use cases, beside those of the domain.
OF_SERVICES = (
    {"name_taken", "username_taken", "email_taken", "view_name_taken", "too_many_views"}
    | {"preset_name_taken", "too_many_presets", "preset_gone"}
    | {f"password_{what}" for what in ("too_short", "too_long", "of_known_words", "common")}
)


def test_every_problem_has_words_and_no_words_are_left_over() -> None:
    assert set(problem_words._PROBLEMS) == set(CODES) | OF_SERVICES


def test_every_state_has_a_word_a_sentence_and_an_icon() -> None:
    assert set(STATES) == set(PANDA_STATUSES) | set(TaskState)
