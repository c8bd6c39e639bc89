"""Browsers of people who read Russian."""

import pytest


@pytest.fixture
def stranger(client):
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru-RU,ru;q=0.9,en;q=0.5"
    return client


@pytest.fixture
def enter(sign_in):
    """enter(role) → a browser of somebody of that role who reads Russian."""

    def sign(role):
        browser = sign_in(role)
        browser.get("/tasks")  # it was welcomed before it said what it reads
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"
        return browser

    return sign
