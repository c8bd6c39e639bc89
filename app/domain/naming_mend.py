"""One-click corrections: the nearest value a person may have meant, or nothing."""

import difflib
import re
import unicodedata
from collections.abc import Iterator

from app.domain.convention import SAFE, Convention
from app.domain.name_field import Kind, NameField
from app.domain.naming_form import normalise_value, spelling_problem
from app.domain.problem import Level

# Longer texts were pasted by mistake: guessing would only cost time.
LONGEST_TO_MEND = 300

# Cyrillic letters that look like Latin ones: typed with the wrong keyboard, seen by nobody.
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХаеорсухЅІЈѕіј", "ABEKMHOPCTXaeopcyxSIJsij")

# Russian as it is written in Latin letters on scientific papers (close to GOST R 52535.1-2006).
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia".replace("_", "").split(
            " "
        ),
        strict=True,
    )
)
TRANSLITERATION = str.maketrans(_LATIN | {big.upper(): small.capitalize() for big, small in _LATIN.items()})

_CYRILLIC_WORD = re.compile(r"[A-Za-z\u0400-\u04FF]+")
_NUMBER = re.compile(r"[0-9]+(?:[.,p][0-9]+)?")
_BLANK_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])\s+(?=[0-9]{3}(?![0-9]))")


def mend(convention: Convention, field: NameField, value: str) -> str | None:
    """Return the value a person may have meant: well spelled, and listed where the field demands it."""
    if len(value) > LONGEST_TO_MEND:
        return None
    guesses = _guess_number(value) if field.is_number else _guess_text(convention, field, value)
    for guess in guesses:
        mended = normalise_value(field, guess)
        if mended != value and not spelling_problem(convention, field, mended) and _is_listed(field, mended):
            return mended
    return None


def latin(text: str) -> str:
    """Return Russian, accented or full-width letters in plain Latin ones."""
    text = _CYRILLIC_WORD.sub(lambda word: _latin_word(word.group()), unicodedata.normalize("NFKC", text))
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _latin_word(word: str) -> str:
    # МС, or Reсo with one wrong letter: the wrong keyboard. описание: a Russian word.
    is_mixed = any(letter.isascii() for letter in word)
    looks_latin = is_mixed or (word.isupper() and word.translate(LOOK_ALIKES).isascii())
    return (word.translate(LOOK_ALIKES) if looks_latin else word).translate(TRANSLITERATION)


def _is_listed(field: NameField, value: str) -> bool:
    return field.kind is not Kind.CHOICE or value in field.words or field.unlisted is Level.WARNING


def _guess_number(value: str) -> Iterator[str]:
    """13,5 → 13.5; 1 000 → 1000; 27 GeV → 27; v2 → 2. Two numbers, or a sign, leave nothing to guess."""
    text = _BLANK_BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", value))
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1 and not re.search(
        r"[-\u2212.,][0-9]|[0-9][eE][-+0-9]", text.replace(numbers[0], "0")
    ):
        yield numbers[0].replace(",", ".")


def _guess_text(convention: Convention, field: NameField, value: str) -> Iterator[str]:
    tidied = _tidy(convention, field, latin(value))
    if field.kind is Kind.CHOICE:
        yield from _guess_choice(field, tidied)
    # A well spelled word that is only not listed has nothing to tidy.
    if spelling_problem(convention, field, value):
        yield tidied


def _tidy(convention: Convention, field: NameField, text: str) -> str:
    """Put an underscore for all that may not stand there, and none where it says nothing."""
    separator = convention.separator
    kept = SAFE | {separator} if field.holds_separator else SAFE - {separator}
    filler = "-" if separator == "_" else "_"
    text = "".join(c if c in kept else filler for c in text)
    parts = text.split(separator) if field.holds_separator else [text]
    tidied = [re.sub(f"{filler}{{2,}}", filler, part).strip(filler) for part in parts]
    return separator.join(part for part in tidied if part)


def _guess_choice(field: NameField, value: str) -> Iterator[str]:
    words = {word.casefold(): word for word in field.words}
    for near in difflib.get_close_matches(value.casefold(), words, n=1, cutoff=0.75):
        yield words[near]
