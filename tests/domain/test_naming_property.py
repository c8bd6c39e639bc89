"""build and parse are inverse, and no text makes parse stumble."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.convention import SAFE
from app.domain.naming import NotAName, build, check, judge, normalise, parse
from tests.domain.shipped import CONTEXT, CONVENTION, VALUES

MANY = settings(max_examples=10_000, deadline=None, database=None)


def _values_of(data: bytes) -> dict[str, str]:
    """Spell values out of bytes. One draw makes them all, so that ten thousand examples stay cheap."""
    numbers = iter(data)

    def text(alphabet: str, longest: int) -> str:
        length = next(numbers) % longest + 1
        return "".join(alphabet[next(numbers) % len(alphabet)] for _ in range(length))

    words = {name: text(WORD, 6) for name in ("source", "polarization", "description", "data_type")}
    digits = {name: text("0123456789", 5) for name in ("year", "run", "version", "energy")}
    if next(numbers) % 2:
        digits["energy"] += text(".p", 1) + text("0123456789", 4)
    dataset = ".".join(text(WORD, 4) for _ in range(next(numbers) % 3 + 1))
    return words | digits | {"dataset": dataset}


WORD = "".join(sorted(SAFE))
_values = st.binary(min_size=84, max_size=84).map(_values_of)

# Texts near to names: their parts, and what likes to break parsers.
_pieces = st.sampled_from(
    [
        ".",
        "..",
        "2026",
        "MC",
        "27",
        "13p5",
        "p",
        "00",
        "-1",
        "x",
        "",
        " ",
        "\n",
        "${SN}",
        "я",
        "\ud800",
        "٣",
        "9" * 60,
    ]
)
_near_names = st.lists(_pieces, max_size=24).map("".join)
_dotted = st.lists(_pieces, max_size=14).map(".".join)


@MANY
@given(_values)
@example(VALUES)
@example(VALUES | {"energy": "013p50", "description": "00", "run": "000"})
def test_build_and_parse_are_inverse_in_10000_examples(values):
    name = build(CONVENTION, values)
    fields = parse(CONVENTION, name)

    assert fields == normalise(CONVENTION, values)
    assert build(CONVENTION, fields) == name


@settings(max_examples=1000, deadline=None, database=None)
@given(st.one_of(_near_names, _dotted, st.text()))
def test_parse_raises_nothing_but_not_a_name_on_any_text(text):
    try:
        fields = parse(CONVENTION, text)
    except NotAName:
        return

    assert build(CONVENTION, fields) == text


@settings(max_examples=1000, deadline=None, database=None)
@given(st.sampled_from(list(VALUES)), st.one_of(_near_names, st.text(max_size=30)))
def test_any_text_in_a_field_is_judged_and_its_correction_can_stand_in_a_name(field, text):
    for problem in check(CONVENTION, VALUES | {field: text}, CONTEXT):
        if problem.mend is not None:
            name = build(CONVENTION, VALUES | {problem.field: problem.mend})
            assert judge(CONVENTION, name, CONTEXT)[0] is not None


def test_the_generated_values_reach_every_spelling_of_an_energy():
    name = build(CONVENTION, VALUES | {"energy": "000.500"})

    assert parse(CONVENTION, name)["energy"] == "0.5"
    with pytest.raises(NotAName):
        parse(CONVENTION, name.replace("0p5", "000p500"))
