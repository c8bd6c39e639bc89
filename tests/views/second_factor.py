"""A browser whose person has a second factor, for tests of pages."""

from dataclasses import dataclass

import pyotp
from flask.testing import FlaskClient

from app.models import User
from tests.conftest import PASSWORD
from tests.views.reading import read

PAGE = "/profile/second-factor"


@dataclass
class Guarded:
    """The person, the key in their app, the recovery codes, and the browser it was switched on with."""

    user: User
    secret: str
    recovery_codes: list[str]
    browser: FlaskClient

    def code(self, clock) -> str:
        """Return the next code: time goes on, for none is taken twice."""
        clock.shift(30)
        return pyotp.TOTP(self.secret).now()


def shown_secret(browser: FlaskClient) -> str:
    return read(browser.get(PAGE)).one(id="totp-secret").text.replace(" ", "")


def switch_on(browser: FlaskClient) -> Guarded:
    """Walk the pages as a person does."""
    browser.post(f"{PAGE}/begin")
    secret = shown_secret(browser)
    answer = browser.post(f"{PAGE}/confirm", data={"code": pyotp.TOTP(secret).now()})
    codes = [item.text for item in read(answer).one(id="recovery-codes").all("code")]
    return Guarded(browser.user, secret, codes, browser)


def give_password(browser: FlaskClient, user: User, **more: str):
    typed = {"username": user.username, "password": PASSWORD}
    return browser.post("/sign-in", data=typed | more)
