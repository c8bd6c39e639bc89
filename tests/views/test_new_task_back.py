"""From the size back to the name and on again: nothing that was typed in either step is lost."""

import pytest

from tests.build_task import FIELDS
from tests.views.typing_in import fields, form_of, press, size

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

TYPED = {"events": "5 000", "jobs": "5x", "tags": "urgent, mc", "campaign": "2026-spring", "request": "S-1"}


def test_what_was_typed_of_the_size_and_the_labels_comes_back(sign_in):
    browser = sign_in("physicist")
    page = browser.get("/tasks/new/size", query_string=fields())

    name = browser.get(
        press(browser, page, "/tasks/new/size", ("action", "name"), **TYPED, twin="1").location
    )
    again = press(browser, name, "/tasks/new", ("action", "continue"), version="2")
    form = form_of(browser.get(again.location))

    assert {each: form.value(each) for each in TYPED} == TYPED
    assert ("twin", "1") in list(form.sent())
    assert dict(form.sent())["version"] == "2"
    assert dict(form.sent())["dataset"] == FIELDS["dataset"]


def test_a_wrong_name_keeps_it_too(sign_in):
    browser = sign_in("physicist")
    page = browser.get(
        press(
            browser, browser.get("/tasks/new/size", query_string=size()), "/tasks/new/size",
            ("action", "name"), events="777",
        ).location
    )  # fmt: skip

    wrong = press(browser, page, "/tasks/new", ("action", "continue"), run="x")

    assert wrong.status_code == 422
    assert dict(form_of(wrong).sent())["events"] == "777"
