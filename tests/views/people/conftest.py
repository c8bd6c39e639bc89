"""Fixtures for tests of the pages about people: an admin, and what the admin presses."""

import pytest

from tests.views.people.seen import form_to


@pytest.fixture
def admin(sign_in, make_user):
    return sign_in(make_user("admin", "the-admin"))


@pytest.fixture
def press(admin):
    """press(person_id, "disable", reason=…) → the page after it; the form is sent as the page has it."""

    def send(person_id, end, **typed):
        page = admin.get(f"/people/{person_id}")
        form = form_to(page, end)
        answer = admin.post(form.attributes["action"], data=dict(form.sent()) | typed)
        assert answer.status_code == 303
        return admin.get(answer.location)

    return send
