"""What tests of what is remembered share."""

import pytest


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def task(browser, make_task):
    """A queued task of the person's."""
    return make_task("queued", creator=browser.user)
