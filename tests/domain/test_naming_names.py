"""Whole names: the prototype's, good ones, and what is no name."""

import pytest

from app.domain.naming import NotAName, build, judge, parse
from tests.domain.shipped import CONTEXT, CONVENTION, NAME, VALUES, verdict

GENERATED = "data_type rule"
TALL = "version unusually_large?"
HOT = "energy energy_above_collision?"
COLD = "energy energy_below_collision?"

# The ten names of the prototype's task list and the two of its log, with what is wrong with each.
OF_THE_PROTOTYPE = {
    "6565.Data.5665.polarizationType1.65.56.EVGEN.65.5665": ["year too_large", HOT, GENERATED, TALL],
    "88.Data.8.polarizationType1.8.8.EVGEN.888.8888": ["year too_small", GENERATED, TALL],
    "88464.Data.546.polarizationType1.654.646.EVGEN.5644.6465": ["year too_large", HOT, GENERATED, TALL],
    "5645.Data.65.polarizationType1.465.4654.EVGEN.464.5665": ["year too_large", HOT, GENERATED, TALL],
    "777.Data.948.polarizationType1.64.654.EVGEN.65465.465465": [
        "year too_small",
        HOT,
        GENERATED,
        "version too_large",
    ],
    "9999.Data.9.polarizationType1.4.4.EVGEN.444.4": ["year too_large", GENERATED],
    "59.Data.959.polarizationType1.95.959.EVGEN.5959.59": ["year too_small", HOT, GENERATED],
    "5959.Data.95.polarizationType1.9.595.EVGEN.595.9595": ["year too_large", HOT, GENERATED, TALL],
    "339.Data.99.polarizationType1.9.99.EVGEN.9999.99": ["year too_small", HOT, GENERATED],
    "5659554.Data.5.polarizationType1.4.54.EVGEN.564654.6546": ["year too_large", GENERATED, TALL],
    "995.Data.9584.polarizationType1.5984895.48954.EVGEN.84948.94498": [
        "year too_small",
        HOT,
        GENERATED,
        "version too_large",
    ],
    "0.Data.0.polarizationType1.00.0.EVGEN.0.0": [
        "year too_small",
        "energy not_above",
        "run rule",
        GENERATED,
        "version too_small",
    ],
}

GOOD_OR_ODD = {
    NAME: [],
    "2026.MC.27.UU.minbias.59.SIMULATION.name.1": [],
    "2026.MC.13p5.LL.Jpsi_mumu.1.RECO.v4-1.2": [],
    "2026.Data.10.TT.physics.123456.RECO.2026.04.raw.1": [],
    "2027.Data.3p4.LT.open_charm.999999999.AOD.a.b.c.d.e.9": ["year rule?"],
    "2020.MC.26p999.ZZ.00.7.EVGEN.0.99": ["polarization rule?"],
    "2026.MC.27.polarizationType1.x.59.SIMULATION.x.1": [],
    "2019.MC.27.UU.x.59.SIMULATION.x.1": ["year unusually_small?"],
    "2028.MC.27.UU.x.59.SIMULATION.x.1": ["year unusually_large?"],
    "2026.MC.27p1.UU.x.59.SIMULATION.x.1": [HOT],
    "2026.MC.1000.UU.x.59.SIMULATION.x.1": [HOT],
    "2026.MC.3.UU.x.59.SIMULATION.x.1": [COLD],
    "2026.MC.27.UU.x.0.SIMULATION.x.1": ["run unusually_small?"],
    "2026.MC.27.UU.x.59.SIMULATION.x.100": [TALL],
    "2026.MC.27.XX.x.59.SIMULATION.x.1": ["polarization not_in_vocabulary?"],
    "1999.MC.27.UU.x.59.SIMULATION.x.1": ["year too_small"],
    "2101.MC.27.UU.x.59.SIMULATION.x.1": ["year too_large"],
    "2026.mc.27.UU.x.59.SIMULATION.x.1": ["source not_in_vocabulary"],
    "2026.MC.27.UU.x.59.FOO.x.1": ["data_type not_in_vocabulary"],
    "2026.Data.27.UU.x.59.SIMULATION.x.1": [GENERATED],
    "2026.MC.0.UU.x.59.SIMULATION.x.1": ["energy not_above"],
    "2026.MC.27.UU.x.1000000000.SIMULATION.x.1": ["run too_large"],
    "2026.MC.27.UU.x.59.SIMULATION.x.0": ["version too_small"],
}

NO_NAMES = {
    "": "name wrong_number_of_fields",
    "minbias": "name wrong_number_of_fields",
    "2026.MC.27.UU.minbias.59.SIMULATION.1": "name wrong_number_of_fields",
    "2026 MC 27 UU minbias 59 SIMULATION x 1": "name wrong_number_of_fields",
    "." * 8: "year missing",
    "2026.MC.27.UU..59.SIMULATION.x.1": "description missing",
    "2026.MC.27.UU.Some description.59.SIMULATION.x.1": "description space",
    "2026.МС.27.UU.x.59.SIMULATION.x.1": "source foreign_letter",
    "2026.MC.27.UU.x/y.59.SIMULATION.x.1": "description forbidden_character",
    "2026.MC.27.UU.x.59.SIMULATION.x.1\n": "version not_a_number",
    " 2026.MC.27.UU.x.59.SIMULATION.x.1": "year not_a_number",
    "2026.MC.13.5.UU.x.59.SIMULATION.x.1": "run not_a_number",
    "２０２６.MC.27.UU.x.59.SIMULATION.x.1": "year not_a_number",
    "year.MC.27.UU.x.59.SIMULATION.x.1": "year not_a_number",
    "2026.MC.p5.UU.x.59.SIMULATION.x.1": "energy not_a_number",
    "2026.MC.1p2p3.UU.x.59.SIMULATION.x.1": "energy not_a_number",
    "2026.MC.-27.UU.x.59.SIMULATION.x.1": "energy not_a_number",
    "2026.MC.027.UU.x.59.SIMULATION.x.1": "energy not_canonical",
    "2026.MC.13p50.UU.x.59.SIMULATION.x.1": "energy not_canonical",
    "2026.MC.27p0.UU.x.59.SIMULATION.x.1": "energy not_canonical",
    "2026.MC.27.UU.x.059.SIMULATION.x.1": "run not_canonical",
    "2026.MC.27.UU.x.5p9.SIMULATION.x.1": "run not_an_integer",
    "2026.MC.27.UU.x.59.SIMULATION.x..1": "dataset misplaced_separator",
    "2026.MC.27.UU.x.59.SIMULATION..x.1": "dataset misplaced_separator",
    "2026.MC.27.UU.x.59.SIMULATION.a..b.1": "dataset misplaced_separator",
    "2026.MC.27.UU.x.59.SIMULATION.a b.1": "dataset space",
    "2026.MC.27.UU.x.59.SIMULATION.x.": "version missing",
    "2026.MC.27.UU.x.59.SIMULATION.x.v1": "version not_a_number",
    "2026.MC.27.UU.$(reboot).59.SIMULATION.x.1": "description forbidden_character",
    "2026.MC.27.UU.${SN}.59.SIMULATION.x.1": "description forbidden_character",
    "2026.MC.27.UU.x.1234567890123.SIMULATION.x.1": "run too_long",
    f"2026.MC.27.UU.{'x' * 61}.59.SIMULATION.x.1": "description too_long",
    f"2026.MC.27.UU.x.59.SIMULATION.{'x' * 200}.1": "name too_long",
}


@pytest.mark.parametrize("name", OF_THE_PROTOTYPE)
def test_a_name_of_the_prototype_is_split_and_judged(name):
    fields, _ = judge(CONVENTION, name, CONTEXT)

    assert fields is not None
    assert build(CONVENTION, fields) == name
    assert verdict(name) == OF_THE_PROTOTYPE[name]


def test_all_twelve_names_of_the_prototype_are_there():
    assert len(OF_THE_PROTOTYPE) == 12


@pytest.mark.parametrize("name", GOOD_OR_ODD)
def test_a_well_spelled_name_is_rebuilt_and_judged(name):
    assert build(CONVENTION, parse(CONVENTION, name)) == name
    assert verdict(name) == GOOD_OR_ODD[name]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_refused_with_the_field_to_blame(name):
    fields, _ = judge(CONVENTION, name, CONTEXT)

    assert fields is None
    assert verdict(name) == [NO_NAMES[name]]
    with pytest.raises(NotAName, match=NO_NAMES[name].replace(" ", ": ")):
        parse(CONVENTION, name)


def test_the_dataset_takes_what_is_left_between_both_ends():
    fields = parse(CONVENTION, NAME)

    assert fields == VALUES


def test_an_energy_with_a_fraction_is_written_with_p():
    name = build(CONVENTION, VALUES | {"energy": "13.5"})

    assert name == NAME.replace(".27.", ".13p5.")
    assert parse(CONVENTION, name)["energy"] == "13.5"


def test_a_name_of_200_characters_is_built_and_one_more_is_refused():
    longest = VALUES | {"description": "d" * 60, "polarization": "x" * 30}
    spare = 200 - len(build(CONVENTION, longest | {"dataset": "x"})) + 1

    name = build(CONVENTION, longest | {"dataset": "x" * spare})
    with pytest.raises(NotAName) as refused:
        build(CONVENTION, longest | {"dataset": "x" * (spare + 1)})

    assert len(name) == 200
    assert refused.value.problem.values == {"length": 201, "maximum": 200}


def test_build_refuses_a_value_that_cannot_stand_in_a_name():
    with pytest.raises(NotAName, match="description: space") as refused:
        build(CONVENTION, VALUES | {"description": "Some description"})

    assert refused.value.problem.mend == "Some_description"
