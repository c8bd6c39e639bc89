"""Values of single fields: what is refused, what is asked about, and the correction offered."""

import pytest

from app.domain.naming import check, normalise
from app.domain.problem import Level, Problem
from tests.domain.shipped import CONTEXT, CONVENTION, VALUES, brief

# field, what was typed, the code, the correction
REFUSED = [
    ("year", "", "missing", None),
    ("year", "   ", "missing", None),
    ("year", "2026 г.", "not_a_number", "2026"),
    ("year", "２０２６", "not_a_number", "2026"),
    ("year", "twenty", "not_a_number", None),
    ("year", "2025-2026", "not_a_number", None),
    ("year", "2026.5", "not_an_integer", None),
    ("year", "6565", "too_large", None),
    ("year", "26", "too_small", None),
    ("source", "МС", "foreign_letter", "MC"),
    ("source", "Дата", "foreign_letter", "Data"),
    ("source", "mc", "not_in_vocabulary", "MC"),
    ("source", "data", "not_in_vocabulary", "Data"),
    ("source", "elsewhere", "not_in_vocabulary", None),
    ("energy", "13,5", "not_a_number", "13.5"),
    ("energy", "27 GeV", "not_a_number", "27"),
    ("energy", "27ГэВ", "not_a_number", "27"),
    ("energy", "-5", "not_a_number", None),
    ("energy", "\u22125", "not_a_number", None),
    ("energy", "1e3", "not_a_number", None),
    ("energy", "+13.5", "not_a_number", "13.5"),
    ("energy", "nan", "not_a_number", None),
    ("energy", "inf", "not_a_number", None),
    ("energy", "3.4..27", "not_a_number", None),
    ("energy", "0", "not_above", None),
    ("energy", "0.00", "not_above", None),
    ("energy", "1" * 13, "too_long", None),
    ("energy", "1" * 5000, "too_long", None),
    ("polarization", "U U", "space", "UU"),
    ("polarization", "ТТ", "foreign_letter", "TT"),
    ("polarization", "new one", "space", "new_one"),
    ("description", "Some description", "space", "Some_description"),
    ("description", "Some\u00a0description", "space", "Some_description"),
    ("description", "описание", "foreign_letter", "opisanie"),
    ("description", "Reсo", "foreign_letter", "Reco"),
    ("description", "café", "foreign_letter", "cafe"),
    ("description", "объезд ёж", "foreign_letter", "obezd_ezh"),
    ("description", "漢字", "foreign_letter", None),
    ("description", "a.b", "separator", "a_b"),
    ("description", "Lambda_c -> p K pi", "space", "Lambda_c_-_p_K_pi"),
    ("description", "a\tb", "space", "a_b"),
    ("description", "a\x00b", "forbidden_character", "a_b"),
    ("description", "x;rm", "forbidden_character", "x_rm"),
    ("description", "${SN}", "forbidden_character", "SN"),
    ("description", "\ud800", "forbidden_character", None),
    ("description", "///", "forbidden_character", None),
    ("description", "x" * 61, "too_long", None),
    ("description", "x " * 500, "space", None),
    ("run", "№ 59", "not_a_number", "59"),
    ("run", "1 000", "not_a_number", "1000"),
    ("run", "59.0", "not_an_integer", None),
    ("run", "59,5", "not_an_integer", None),
    ("data_type", "simulation", "not_in_vocabulary", "SIMULATION"),
    ("data_type", "Simulaton", "not_in_vocabulary", "SIMULATION"),
    ("data_type", "РЕКО", "foreign_letter", None),
    ("dataset", "my data", "space", "my_data"),
    ("dataset", ".my.data.", "misplaced_separator", "my.data"),
    ("dataset", "my..data", "misplaced_separator", "my.data"),
    ("dataset", "my. .data", "space", "my.data"),
    ("dataset", "...", "misplaced_separator", None),
    ("version", "v2", "not_a_number", "2"),
    ("version", "1.0", "not_an_integer", None),
    ("version", "0", "too_small", None),
]


@pytest.mark.parametrize(("field", "typed", "code", "mend"), REFUSED)
def test_a_wrong_value_is_refused_with_its_correction(field, typed, code, mend):
    problems = check(CONVENTION, VALUES | {field: typed}, CONTEXT)

    assert brief(problems) == [f"{field} {code}"]
    assert problems[0].mend == mend


@pytest.mark.parametrize(("field", "typed", "code", "mend"), [row for row in REFUSED if row[3]])
def test_a_correction_is_accepted(field, typed, code, mend):
    problems = check(CONVENTION, VALUES | {field: mend}, CONTEXT)

    assert [problem for problem in problems if problem.field == field and problem.is_error] == []


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        ("year", " 2026 ", "2026"),
        ("year", "02026", "2026"),
        ("energy", "027", "27"),
        ("energy", "27.0", "27"),
        ("energy", "13.50", "13.5"),
        ("energy", "13p5", "13.5"),
        ("energy", "00.5", "0.5"),
        ("run", "059", "59"),
        ("run", "000", "0"),
        ("description", "00", "00"),
        ("description", " minbias\n", "minbias"),
        ("dataset", "007.0", "007.0"),
        ("energy", "13,5", "13,5"),
    ],
)
def test_a_value_has_one_spelling(field, typed, meant):
    assert normalise(CONVENTION, VALUES | {field: typed})[field] == meant


def test_what_is_no_field_of_the_name_is_left_out():
    assert normalise(CONVENTION, {"year": "2026", "csrf_token": "x"}) == dict.fromkeys(VALUES, "") | {
        "year": "2026"
    }


def test_an_empty_form_is_told_all_at_once():
    assert brief(check(CONVENTION, {}, CONTEXT)) == [f"{field} missing" for field in VALUES]


@pytest.mark.parametrize("data_type", ["EVGEN", "SIMULATION"])
def test_detector_data_are_not_generated(data_type):
    values = VALUES | {"source": "Data", "data_type": data_type}

    (problem,) = check(CONVENTION, values, CONTEXT)

    assert problem.level is Level.ERROR
    assert problem.values["rule"] == "detector_data_are_not_generated"
    assert set(problem.values["text"]) == {"en", "ru"}


@pytest.mark.parametrize("data_type", ["RECO", "AOD"])
def test_detector_data_are_reconstructed(data_type):
    assert check(CONVENTION, VALUES | {"source": "Data", "data_type": data_type}, CONTEXT) == []


@pytest.mark.parametrize(
    ("collision", "energy", "expected"),
    [
        ("", "27", []),
        ("pp", "27", []),
        ("pp", "27.01", ["energy energy_above_collision?"]),
        ("dd", "13.5", []),
        ("dd", "27", ["energy energy_above_collision?"]),
        ("pd", "19.5", ["energy energy_above_collision?"]),
        ("CaCa", "2", ["energy energy_below_collision?"]),
        ("none", "1000", []),
        ("ep", "27", ["collision not_in_vocabulary"]),
        ("dd", "0", ["energy not_above"]),
        ("dd", "x", ["energy not_a_number"]),
    ],
)
def test_the_energy_is_compared_with_what_collides(collision, energy, expected):
    context = CONTEXT | {"collision": collision}

    assert brief(check(CONVENTION, VALUES | {"energy": energy}, context)) == expected


def test_without_a_collision_system_protons_are_assumed():
    (problem,) = check(CONVENTION, VALUES | {"energy": "30"}, CONTEXT)

    assert problem == Problem(
        "energy",
        "energy_above_collision",
        {"collision": "pp", "is_assumed": True, "maximum": "27"},
        Level.WARNING,
    )


def test_without_the_present_year_no_year_is_too_far_ahead():
    assert check(CONVENTION, VALUES | {"year": "2100"}, {}) == []


def test_a_name_that_grows_too_long_is_told_beside_its_fields():
    values = VALUES | {
        "description": "d" * 60,
        "polarization": "x" * 30,
        "dataset": "x" * 100,
        "energy": "30",
    }

    assert brief(check(CONVENTION, values, CONTEXT)) == [
        "energy energy_above_collision?",
        "polarization not_in_vocabulary?",
        "name too_long",
    ]


def test_wrong_characters_are_shown_once_each_and_invisible_ones_by_their_code():
    (problem,) = check(CONVENTION, VALUES | {"description": "a b\u200bc  щщ"}, CONTEXT)

    assert problem.values == {"characters": "U+0020 U+200B щ"}


def test_what_is_quoted_is_cut_and_made_visible():
    (problem,) = check(CONVENTION, VALUES | {"run": "\x1b[31m" + "a" * 500}, CONTEXT)

    assert problem.values == {"value": "U+001B[31m" + "a" * 55}


def test_a_problem_can_be_a_member_of_a_set():
    problem = Problem("energy", "too_small", {"minimum": "1"})

    assert len({problem, Problem("energy", "too_small", {"minimum": "1"})}) == 1
