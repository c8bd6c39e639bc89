"""The twelve names that the prototype accepted, typed into the form: each is refused with the reasons."""

import pytest
from sqlalchemy import select

from app.models import Task
from tests.build_task import FIELDS
from tests.views.typing_in import SIZE, form_of, problems_at, summary_of

GENERATED = {"data_type": "Detector data are neither generated nor simulated."}
LATE = {"year": "At most "}
EARLY = {"year": "At least "}
HOT = {"energy": "reach at most 27 GeV. Is it meant so?"}
TALL = {"version": "Unusually large"}
TOO_TALL = {"version": "At most "}

NAMES = {
    "6565.Data.5665.polarizationType1.65.56.EVGEN.65.5665": LATE | HOT | GENERATED | TALL,
    "88.Data.8.polarizationType1.8.8.EVGEN.888.8888": EARLY | GENERATED | TALL,
    "88464.Data.546.polarizationType1.654.646.EVGEN.5644.6465": LATE | HOT | GENERATED | TALL,
    "5645.Data.65.polarizationType1.465.4654.EVGEN.464.5665": LATE | HOT | GENERATED | TALL,
    "777.Data.948.polarizationType1.64.654.EVGEN.65465.465465": EARLY | HOT | GENERATED | TOO_TALL,
    "9999.Data.9.polarizationType1.4.4.EVGEN.444.4": LATE | GENERATED,
    "59.Data.959.polarizationType1.95.959.EVGEN.5959.59": EARLY | HOT | GENERATED,
    "5959.Data.95.polarizationType1.9.595.EVGEN.595.9595": LATE | HOT | GENERATED | TALL,
    "339.Data.99.polarizationType1.9.99.EVGEN.9999.99": EARLY | HOT | GENERATED,
    "5659554.Data.5.polarizationType1.4.54.EVGEN.564654.6546": LATE | GENERATED | TALL,
    "995.Data.9584.polarizationType1.5984895.48954.EVGEN.84948.94498": EARLY | HOT | GENERATED | TOO_TALL,
    "0.Data.0.polarizationType1.00.0.EVGEN.0.0": EARLY
    | GENERATED
    | {"energy": "Must be more than 0.", "run": "runs are counted from 1", "version": "At least 1."},
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_name_of_the_prototype_is_refused_with_all_its_reasons(sign_in, ask):
    browser = sign_in("physicist")

    for name, reasons in NAMES.items():
        typed = dict(zip(FIELDS, name.split("."), strict=True))
        answer = browser.post("/tasks/new", data=typed)
        made = browser.post("/tasks/new/size", data=typed | SIZE | {"action": "submit"})

        assert (answer.status_code, made.status_code) == (422, 422)
        found = {field: problems_at(answer, field) for field in FIELDS if problems_at(answer, field)}
        assert set(found) == set(reasons), name
        assert all(words in found[field] for field, words in reasons.items()), name
        assert summary_of(answer).startswith(f"{len(reasons)} things to put right")
        assert {field: form_of(answer).value(field) for field in FIELDS} == typed
    assert (len(NAMES), ask(select(Task))) == (12, [])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_examples_of_the_talk_are_taken_once_they_are_mended(sign_in, ask):
    typed = {
        "year": "2024", "source": "MC", "energy": "1000", "polarization": "polarizationType1",
        "description": "Some_description", "run": "59", "data_type": "SIMULATION",
        "dataset": "myDataset.123456.name", "version": "1", "confirmed": "energy:energy_above_collision:",
    }  # fmt: skip

    answer = sign_in("physicist").post("/tasks/new/size", data=typed | SIZE)

    assert answer.status_code == 303
    assert [task.name for task in ask(select(Task))] == [
        "2024.MC.1000.polarizationType1.Some_description.59.SIMULATION.myDataset.123456.name.1"
    ]
