"""PanDA's words about a task that it aborted as a duplicate."""

import pytest

from app.domain.duplicate import survivor_of


@pytest.mark.parametrize(
    ("words", "survivor"),
    [
        ("toabort since there is duplicated task -> jediTaskID=17", 17),
        ("toabort since there is duplicated task -> jediTaskID=", None),
        ("toabort since there is duplicated task -> jediTaskID=0", None),
        ("duplicated task -> jediTaskID=" + "9" * 30, None),
        ("pending until parent task 3 is done", None),
        ("", None),
        (None, None),
    ],
)
def test_the_survivor_is_read_from_the_words_of_panda(words, survivor):
    assert survivor_of(words) == survivor
