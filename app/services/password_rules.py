"""Which passwords are taken: long ones that nobody would guess. Nothing is asked of their letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from zxcvbn import zxcvbn

from app.domain.problem import Problem

LONGEST = 1000
# What zxcvbn is given: above 72 characters it raises ValueError; what follows only makes a password better.
LONGEST_FOR_ZXCVBN = 40
# It tries what every sign may stand for, all combinations: twenty different signs took it more than a minute.
_SIGNS_FOR_LETTERS = "@({[<!|$+%"
MOST_SIGNS = 3
# Of 0 to 4: 3 is more than 10^8 guesses, too many to try through our door.
LEAST_SCORE = 3
# A password made of words that everybody here knows needs so many characters beside them.
LEAST_BESIDE_KNOWN_WORDS = 8
SHORTEST_KNOWN_WORD = 3
# So much of each name or address is looked at: a page of words would keep zxcvbn busy.
LONGEST_ABOUT = 254

# Russian words and rows of keys, typed on a Latin layout, and the other way round.
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбю"
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_OTHER_LAYOUT = str.maketrans(_RUSSIAN + _LATIN, _LATIN + _RUSSIAN)
# What the lists of zxcvbn, which are English, do not know.
_COMMON_HERE = ["пароль", "привет", "любовь", "солнышко", "россия", "москва", "дубна", "админ", "физика"]


@dataclass(frozen=True)
class PasswordRules:
    """The settings: shortest password, characters, and words that everybody here would try."""

    min_length: int
    context_words: Sequence[str]


def password_problems(password: str, rules: PasswordRules, about: Sequence[str]) -> list[Problem]:
    """Return why a password is not taken: one problem of the field "password", or none.

    about: what is known of the person, such as names and the e-mail address.
    """
    length = len(password)
    if length < rules.min_length:
        return [_problem("password_too_short", minimum=rules.min_length, length=length)]
    if length > LONGEST:
        return [_problem("password_too_long", maximum=LONGEST)]
    known = _known_words(rules.context_words, about)
    found = _mostly_known(password, known)
    if found:
        return [_problem("password_of_known_words", words=found)]
    return [] if _is_hard_to_guess(password, known) else [_problem("password_common")]


def _problem(code: str, **values: object) -> Problem:
    return Problem("password", code, values)


def _known_words(context_words: Sequence[str], about: Sequence[str]) -> list[str]:
    """Return the words that a guesser would begin with, the longest first."""
    said = " ".join([*context_words, *(words[:LONGEST_ABOUT] for words in about)]).lower()
    words = set("".join(c if c.isalnum() else " " for c in said).split())
    return sorted((word for word in words if len(word) >= SHORTEST_KNOWN_WORD), key=lambda w: (-len(w), w))


def _mostly_known(password: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the known words a password is made of; none if enough stands beside them."""
    rest, found = password.lower(), []
    for word in known:
        if word in rest:
            found.append(word)
            rest = rest.replace(word, " ")
    beside = sum(letter.isalpha() for letter in rest)
    return tuple(found) if beside < LEAST_BESIDE_KNOWN_WORDS else ()


def _is_hard_to_guess(password: str, known: Sequence[str]) -> bool:
    beginning = _with_few_signs(password[:LONGEST_FOR_ZXCVBN])
    twins = {beginning, beginning.lower().translate(_OTHER_LAYOUT)}
    return all(zxcvbn(twin, user_inputs=[*known, *_COMMON_HERE])["score"] >= LEAST_SCORE for twin in twins)


def _with_few_signs(text: str) -> str:
    """Return the text with only the first few different signs that may stand for letters, blanks for others.

    Digits may stand for letters too, but make patterns of their own: they stay.
    """
    signs = list(dict.fromkeys(letter for letter in text if letter in _SIGNS_FOR_LETTERS))
    return text.translate({ord(sign): " " for sign in signs[MOST_SIGNS:]})
