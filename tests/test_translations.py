"""Russian is complete: the catalogue, the texts of config.py, the templates, and pages as they are shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Message
from flask_babel import ngettext

import config
from tools import translations

TEMPLATES = Path(__file__).parent.parent / "app" / "templates"
CATALOGUE = translations.read_russian()

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
# Names are the same in every language.
NAMES = {"SPD Production Manager"}


def ids_of(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def translations_of(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


RUSSIAN = [message for message in CATALOGUE if message.id]


def test_the_catalogue_has_exactly_the_texts_of_the_code():
    in_code = {message.id for message in translations.texts_in_the_code() if message.id}

    in_catalogue = {message.id for message in RUSSIAN}

    assert in_code - in_catalogue == set(), "make translations, then translate these"
    assert in_catalogue - in_code == set(), "make translations: these are not in the code any more"
    assert not CATALOGUE.obsolete
    assert len(in_code) > 300


def test_refreshing_the_catalogue_changes_nothing():
    committed = translations.RUSSIAN.read_text(encoding="utf-8")

    assert translations.refreshed() == committed, "make translations"


def test_every_text_is_translated_for_sure():
    missing = [message.id for message in RUSSIAN if not translations.is_translated(message.string)]
    unsure = [message.id for message in RUSSIAN if message.fuzzy]

    assert missing == []
    assert unsure == []


def test_every_translation_is_in_russian():
    foreign = [
        text
        for message in RUSSIAN
        for text in translations_of(message)
        if text not in NAMES and not CYRILLIC.search(text)
    ]

    assert foreign == []


def test_every_plural_has_the_three_forms_of_russian():
    counts = {
        message.id: len(translations_of(message)) for message in RUSSIAN if isinstance(message.id, tuple)
    }

    assert counts
    assert set(counts.values()) == {3}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 задача"),
        (2, "2 задачи"),
        (5, "5 задач"),
        (11, "11 задач"),
        (21, "21 задача"),
        (112, "112 задач"),
    ],
)
def test_the_form_follows_the_figure(app, count, words):
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        said = ngettext("%(count)s task", "%(count)s tasks", count, count=count)

    assert said == words


def test_a_translation_fills_in_what_the_text_fills_in():
    wrong = [
        (message.id, text)
        for message in RUSSIAN
        for text in translations_of(message)
        # The last of the ids is the plural: the singular may say "one" in a word.
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(ids_of(message)[-1]))
    ]

    assert wrong == []


def test_a_translation_has_no_lone_percent_sign():
    texts = [text for message in RUSSIAN for text in translations_of(message)]

    assert [text for text in texts if "%" in PLACEHOLDER.sub("", text)] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a double space", r"  "),
        ("a space before a mark", r"\s[,;:!?]|\s\.(?=\s|$)"),
        ("English quotes", r"[“”\"]"),
        ("a hyphen for a dash", r"\s-\s"),
        ("a dash that may begin a line", r" —"),
        ("a figure that may lose its unit", r"\)s (с|мс|мин|ч|ГэВ)\b"),
        ("a space at an end", r"^\s|\s$"),
    ],
)
def test_the_typography_is_russian(what, pattern):
    texts = [text for message in RUSSIAN for text in translations_of(message)]

    assert [text for text in texts if re.search(pattern, text)] == [], what


def bilingual_texts(value: object) -> Iterator[tuple[str, object]]:
    """Yield (key, text) of everything in a setting that people read."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"label", "help", "text"} or (isinstance(inner, dict) and {"en", "ru"} & set(inner)):
                yield key, inner
            else:
                yield from bilingual_texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from bilingual_texts(inner)


SETTINGS = {name: getattr(config, name) for name in dir(config) if name.isupper()}


@pytest.mark.parametrize(
    "setting", [name for name, value in SETTINGS.items() if list(bilingual_texts(value))]
)
def test_every_text_of_the_settings_is_in_both_languages(setting):
    texts = [text for _key, text in bilingual_texts(SETTINGS[setting])]

    incomplete = [text for text in texts if not isinstance(text, dict) or set(text) != {"en", "ru"}]

    assert incomplete == []
    assert [text for text in texts if not CYRILLIC.search(text["ru"]) or CYRILLIC.search(text["en"])] == []


# What macros and blocks hold beside texts: classes, ids and attributes, all written with a hyphen.
MARKUP = re.compile(r"""[a-z]+-[a-z-]*(="[a-z]*")?""")


def bare_words(template: str) -> set[str]:
    """Return what a template shows past gettext: words between tags, and in attributes that people read."""
    tokens = jinja2.Environment(autoescape=True).lex((TEMPLATES / template).read_text(encoding="utf-8"))
    page = "".join(text if kind == "data" else " " for _line, kind, text in tokens)
    attributes = re.findall(r'\b(?:aria-label|title|placeholder|alt|data-label)="([^"]*)"', page)
    words = " ".join([*re.split(r"<[^>]*>", page), *attributes]).split()
    return {word for word in words if re.search("[A-Za-zА-яё]", word) and not MARKUP.fullmatch(word)}


# Each language names itself.
LANGUAGES = {"English", "Русский"}


@pytest.mark.parametrize(
    "template", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
)
def test_a_template_says_nothing_past_the_catalogue(template):
    assert bare_words(template) - LANGUAGES == set()
