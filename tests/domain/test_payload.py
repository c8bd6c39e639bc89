"""What is sent for a task, byte for byte."""

import json

import pytest

import config
from app.domain.payload import NotSendable, PayloadSettings, build_payload, canonical_json
from app.domain.recipe import Recipe
from tests.domain.shipped import NAME, RECIPES, SETTINGS, task_to_send

SIMULATION = RECIPES["SIMULATION"]


def test_a_simulation_is_sent_with_exactly_these_parameters():
    payload = build_payload(task_to_send(), SIMULATION, SETTINGS)

    assert payload == {
        "taskName": NAME,
        "userName": "spdprod demo",
        "uniqueTaskName": True,
        "taskType": "prod",
        "prodSourceLabel": "managed",
        "taskPriority": 900,
        "ticketID": "3f0c6f0e-9a4f-4f0e-8d67-6a54c7a1f001",
        "spdKey": "3f0c6f0e-9a4f-4f0e-8d67-6a54c7a1f001",
        "spdCreator": "physicist",
        "vo": "spd.nica.jinr",
        "workingGroup": "spd.nica.jinr",
        "architecture": "x86_64",
        "cloud": "RU",
        "site": "JINR_SPD_TEST",
        "processingType": "simul",
        "transUses": "SpdRoot-4.1.7.4",
        "transHome": "SPD",
        "transPath": "/cvmfs/spd.jinr.ru/production/spdroot_transform.sh",
        "container_name": "/cvmfs/spd.jinr.ru/images/spdroot-dev-4.1.7.4.sif",
        "coreCount": 1,
        "ramCount": 2000,
        "ramUnit": "MB",
        "maxAttempt": 3,
        "skipScout": True,
        "noInput": True,
        "nEvents": 1_000_000,
        "nEventsPerJob": 1000,
        "jobParameters": [
            {"type": "constant", "value": "--macro=SimuQslPy8.C --process=minbias"},
            {"type": "constant", "value": "--energy=27 --polarization=UU"},
            {"type": "template", "param_type": "number", "value": "--seed=${RNDMSEED}", "offset": 5000},
            {
                "type": "template",
                "param_type": "number",
                "value": "--first=${FIRSTEVENT}",
                "offset": 0,
            },
            {"type": "template", "param_type": "number", "value": "--n=${MAXEVENTS}"},
            {
                "type": "template",
                "param_type": "output",
                "dataset": NAME,
                "token": "local",
                "destination": "local",
                "value": f"--output={NAME}.${{SN}}.root",
            },
            {
                "type": "template",
                "param_type": "output",
                "dataset": f"{NAME}.params",
                "token": "local",
                "destination": "local",
                "value": f"--parameters={NAME}.params.${{SN}}.root",
            },
        ],
        "log": {
            "type": "template",
            "param_type": "log",
            "dataset": f"{NAME}.log",
            "token": "local",
            "destination": "local",
            "value": f"{NAME}.log.${{SN}}.log.tgz",
        },
    }


def test_events_per_job_are_rounded_up():
    payload = build_payload(task_to_send(events=1000, jobs=7), SIMULATION, SETTINGS)

    assert (payload["nEvents"], payload["nEventsPerJob"]) == (1000, 143)


@pytest.mark.parametrize("data_type", RECIPES)
def test_every_recipe_makes_a_payload_with_an_output_a_log_and_no_template_left(data_type):
    task = task_to_send(NAME.replace("SIMULATION", data_type))

    payload = build_payload(task, RECIPES[data_type], SETTINGS)

    text = canonical_json(payload)
    assert payload["log"]["value"] == f"{task.name}.log.${{SN}}.log.tgz"
    assert f"--output={task.name}.${{SN}}.root" in text
    assert "%(" not in text
    assert "reqID" not in payload
    assert ("noInput" in payload) == (data_type in {"EVGEN", "SIMULATION"})


@pytest.mark.parametrize("data_type", ["EVGEN", "SIMULATION"])
def test_generated_events_have_seeds_of_their_own(data_type):
    task = task_to_send(NAME.replace("SIMULATION", data_type), seed_offset=123_456)

    payload = build_payload(task, RECIPES[data_type], SETTINGS)

    (seed,) = [item for item in payload["jobParameters"] if "${RNDMSEED}" in item["value"]]
    assert seed["offset"] == 123_456


def test_a_task_without_a_parent_reads_what_its_fields_say():
    task = task_to_send("2026.MC.13p5.UU.minbias.59.RECO.a.b.2")

    payload = build_payload(task, RECIPES["RECO"], SETTINGS)

    assert payload["jobParameters"][1]["dataset"] == "2026.MC.13p5.UU.minbias.59.SIMULATION.a.b.2"
    assert payload["jobParameters"][2]["dataset"] == "2026.MC.13p5.UU.minbias.59.SIMULATION.a.b.2.params"


def test_a_task_with_a_parent_reads_the_output_of_the_parent():
    task = task_to_send(
        "2026.Data.27.UU.physics.59.RECO.a.2", parent_name="2026.Data.27.UU.physics.59.RAW.a.1"
    )

    payload = build_payload(task, RECIPES["RECO"], SETTINGS)

    assert payload["jobParameters"][1]["dataset"] == "2026.Data.27.UU.physics.59.RAW.a.1"


def test_an_energy_with_a_fraction_reaches_the_command_as_a_number():
    task = task_to_send(NAME.replace(".27.", ".13p5."))

    payload = build_payload(task, SIMULATION, SETTINGS)

    assert payload["jobParameters"][1]["value"] == "--energy=13.5 --polarization=UU"


def test_an_empty_cloud_site_or_container_is_not_sent():
    settings = PayloadSettings.from_settings(
        vars(config) | {"PANDA_CLOUD": "", "PANDA_SITE": "", "PANDA_ARCHITECTURE": ""}
    )
    recipe = Recipe.from_settings("SIMULATION", config.RECIPES["SIMULATION"] | {"container": ""})

    payload = build_payload(task_to_send(), recipe, settings)

    assert {"cloud", "site", "container_name"} & set(payload) == set()
    assert payload["architecture"] == ""


def test_further_keys_of_a_recipe_are_sent_as_they_are():
    table = config.RECIPES["SIMULATION"] | {
        "extra": {"campaign": "MC2026", "walltime": 0, "names": ["a", {}]}
    }

    payload = build_payload(task_to_send(), Recipe.from_settings("SIMULATION", table), SETTINGS)

    assert (payload["campaign"], payload["walltime"], payload["names"]) == ("MC2026", 0, ["a", {}])
    assert "skipScout" not in payload


def test_lists_inside_an_item_are_filled_too():
    items = [*config.RECIPES["AOD"]["job_parameters"]]
    items.append({"type": "constant", "value": "x", "files": ["%(name)s", 5]})

    recipe = Recipe.from_settings("AOD", config.RECIPES["AOD"] | {"job_parameters": items})
    payload = build_payload(task_to_send(), recipe, SETTINGS)

    assert payload["jobParameters"][-1]["files"] == [NAME, 5]


def test_the_text_of_a_payload_is_the_same_bytes_whatever_the_order():
    payload = build_payload(task_to_send(), SIMULATION, SETTINGS)

    text = canonical_json(payload)

    assert text == canonical_json(dict(reversed(payload.items())))
    assert text == canonical_json(json.loads(text))
    assert text.isascii()
    assert text.startswith('{"architecture":"x86_64","cloud":"RU",')


def test_what_json_cannot_say_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"walltime": float("nan")})


def test_what_must_not_be_sent_is_not_built():
    with pytest.raises(NotSendable, match="seed: seed_missing") as refused:
        build_payload(task_to_send(seed_offset=None), SIMULATION, SETTINGS)

    assert refused.value.problems[0].code == "seed_missing"


def test_without_a_recipe_nothing_is_built():
    with pytest.raises(NotSendable, match="data_type: no_recipe"):
        build_payload(task_to_send(), None, SETTINGS)
