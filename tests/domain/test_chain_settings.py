"""The chains of config.py: data types that feed each other."""

import pytest

import config
from app.domain.chain_settings import chain_problems, chains_from_settings

WORDS = {"en": "a", "ru": "а"}


def test_the_shipped_chains_are_good() -> None:
    assert chain_problems(config.CHAINS, config.RECIPES) == []
    assert chains_from_settings(config.CHAINS)["generation"].steps == ("EVGEN", "SIMULATION", "RECO", "AOD")


@pytest.mark.parametrize(
    ("chains", "line"),
    [
        ([], "CHAINS: must be a list of tables, one at least"),
        ("x", "CHAINS: must be a list of tables, one at least"),
        (["x"], "CHAINS[0]: must be a table {…}"),
        ([{"name": "a", "label": WORDS, "steps": []}], "CHAINS[0]: steps is missing"),
        (
            [{"name": "a", "label": WORDS, "steps": ["NTUPLE"]}],
            "CHAINS[0]: steps: there is no recipe 'NTUPLE'",
        ),
        (
            [{"name": "a", "label": WORDS, "steps": ["SIMULATION", "AOD"]}],
            "CHAINS[0]: steps: AOD is none of the next_steps of SIMULATION",
        ),
        ([{"name": "a", "label": WORDS, "steps": ["AOD"], "x": 1}], "CHAINS[0]: 'x' is no setting here"),
        ([{"label": WORDS, "steps": ["AOD"]}], "CHAINS[0]: name is missing"),
    ],
)
def test_a_wrong_chain_is_told_in_plain_words(chains: object, line: str) -> None:
    assert line in chain_problems(chains, config.RECIPES)


def test_a_next_step_that_nobody_has_is_told() -> None:
    recipes = config.RECIPES | {"AOD": config.RECIPES["AOD"] | {"next_steps": ["NTUPLE"]}}

    problems = chain_problems(config.CHAINS, recipes)

    assert problems == ["RECIPES, AOD: next_steps: there is no recipe 'NTUPLE'"]
