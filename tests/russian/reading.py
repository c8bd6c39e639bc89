"""Pages in Russian hold no English: neither a text of the catalogue nor one that is not even in it."""

import re
from collections.abc import Iterator

from tests.views.reading import Element, read
from tools import translations

READ_ALOUD = ("aria-label", "title", "placeholder", "alt", "data-label", "data-copied")
# JSON, names of tasks and of people, and what PanDA said, are shown as they are.
AS_IT_IS = {"pre", "code", "script", "style"}
AS_IT_IS_CLASSES = {"mono", "name", "bar-person-name"}
NAMES = re.compile("SPD Production Manager|Europe/Moscow|Test (Physicist|Manager|Viewer)")
# The history keeps why a state changed in the words it came with; tests/build_task.py makes the first two up.
REASON = re.compile(r"PanDA refused it|the answer was lost")
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+,? [a-z]{2,}\b")


def pattern_of(text: str) -> str:
    return ".+".join(re.escape(part) for part in re.split(r"%\(\w+\)s", text))


def english_texts() -> re.Pattern[str]:
    """Match any text of the catalogue whose Russian is another, its placeholders filled in."""
    texts = []
    for message in translations.read_russian():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts += [text for text in ids if len(text) > 3 and text != message.string]
    assert len(texts) > 300
    return re.compile("|".join(map(pattern_of, texts)))


LEFT_IN_ENGLISH = english_texts()


def is_as_it_is(element: Element) -> bool:
    attributes = element.attributes
    if attributes.get("lang", "ru") != "ru" and element.tag != "html":
        return True
    return element.tag in AS_IT_IS or bool(AS_IT_IS_CLASSES & set(attributes.get("class", "").split()))


def texts_of(element: Element) -> Iterator[str]:
    """Yield every text that is seen or read aloud, blanks put in order."""
    for part in element.parts:
        if isinstance(part, str):
            yield NAMES.sub("", " ".join(part.split()))
        elif not is_as_it_is(part):
            yield from (part.attributes[name] for name in READ_ALOUD if name in part.attributes)
            yield from texts_of(part)


def assert_russian(answer):
    page = read(answer)
    texts = [text for text in texts_of(page) if not REASON.fullmatch(text)]

    if page.has("html"):
        assert page.one("html").attributes["lang"] == "ru"
    assert any(re.search("[а-я]", text) for text in texts)
    assert [text for text in texts if LEFT_IN_ENGLISH.fullmatch(text)] == []
    assert [text for text in texts if ENGLISH.search(text)] == []
