"""Which passwords are taken."""

import pytest

import config
from app.domain.problem import Problem
from app.services.password_rules import PasswordRules, password_problems

RULES = PasswordRules(config.PASSWORD_MIN_LENGTH, config.PASSWORD_CONTEXT_WORDS)
ABOUT = ["casper", "Каспер", "O'Neil", "c.oneil@example.org"]

TAKEN = [
    "correct horse battery staple", "ёлка растёт в лесу у реки", "x7#Lq9vTz!2p",
    "muon-ladder-orbit-quartz-42",
    "   blanks   around   ", "a casper with enough beside it", "pion kaon spd harbour",
    "🚀 to the moon 🌕 and back",
    "tr0ub4dor&3 is not mine", "two\twords\nand lines of it",
]  # fmt: skip
REFUSED = {
    "": "password_too_short",
    "elevenchars": "password_too_short",
    "тёплыйчай!!": "password_too_short",
    "x" * 1001: "password_too_long",
    "spdnicadubna2026": "password_of_known_words",
    "SPD-NICA-JINR-1": "password_of_known_words",
    "casper.casper.1": "password_of_known_words",
    "Каспер Каспер 7": "password_of_known_words",
    "c.oneil@example.org": "password_of_known_words",
    "password1234": "password_common",
    "P@ssw0rd1234": "password_common",
    "qwertyuiop[]": "password_common",
    "йцукенгшщзхъ": "password_common",
    "пароль123456": "password_common",
    "Gfhjkm123456": "password_common",
    "123456789012": "password_common",
    "abcabcabcabc": "password_common",
    "x" * 1000: "password_common",
}


@pytest.mark.parametrize("password", TAKEN)
def test_a_long_password_of_any_letters_is_taken(password):
    assert password_problems(password, RULES, ABOUT) == []


@pytest.mark.parametrize(("password", "code"), REFUSED.items(), ids=lambda value: value[:20])
def test_what_anybody_would_try_is_refused_with_its_reason(password, code):
    [problem] = password_problems(password, RULES, ABOUT)

    assert (problem.field, problem.code) == ("password", code)


@pytest.mark.parametrize("password", ["4@8({[<369!|1|7$5+72" * 50, "@4(3!10$" * 9])
def test_a_password_of_signs_does_not_keep_the_service_busy(password):
    """zxcvbn alone takes more than a minute for the first."""
    assert password_problems(password, RULES, ["x " * 50]) in ([], [Problem("password", "password_common")])


def test_the_words_that_are_too_well_known_are_told():
    [problem] = password_problems("nica and dubna 1", RULES, ABOUT)

    assert problem.values["words"] == ("dubna", "nica")


def test_the_demo_passwords_would_be_taken():
    from app.services.demo_people import memorable_password

    passwords = [memorable_password() for _ in range(50)]

    assert [each for each in passwords if password_problems(each, RULES, ["physicist", "Demo"])] == []
