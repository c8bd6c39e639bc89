"""`make translations`: bring the Russian catalogue up to date with the texts in the code.

Texts that are new stand there with an empty translation to be filled in; texts that are gone are dropped.
There are no dates, line numbers or guesses in it, so that a difference is always one of texts.
docs/glossary-ru.md says which word is meant for which idea.
"""

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
RUSSIAN = ROOT / "app/translations/ru/LC_MESSAGES/messages.po"

FOLDERS = ("app", "jobs")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
# _mark("…") in messages.py marks a text that is translated when it is shown.
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_mark": None}
# Babel takes every string inside the call, a key too: gettext(a if problem.values["is_assumed"] else b).
IDENTIFIER = re.compile(r"[a-z]+(_[a-z]+)+")

HEADER = r"""# The Russian texts. Which word for which idea: docs/glossary-ru.md. Refresh: make translations.
msgid ""
msgstr ""
"Language: ru\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=3; "
"plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

"""


def texts_in_the_code() -> Catalog:
    """Return every text marked for translation, without translations; locations are files."""
    catalog = Catalog(locale="ru", fuzzy=False)
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS, directory_filter=_any_folder)
        for path, _line, message, _comments, context in found:
            if not IDENTIFIER.fullmatch(str(message)):
                catalog.add(message, locations=[(f"{folder}/{path}", None)], context=context)
    return catalog


def _any_folder(_path: str) -> bool:
    """Take templates/_macros too: Babel leaves out what begins with an underscore."""
    return True


def read_russian() -> Catalog:
    """Return the catalogue as committed; an empty one before the first time."""
    if not RUSSIAN.exists():
        return Catalog(locale="ru", fuzzy=False)
    with RUSSIAN.open("rb") as file:
        return read_po(file, locale="ru")


def refreshed() -> str:
    """Return the catalogue with the texts of the code and the translations that are known."""
    fresh, known = texts_in_the_code(), read_russian()
    for message in fresh:
        old = known.get(message.id, message.context) if message.id else None
        if old is not None and old.pluralizable == message.pluralizable:
            message.string = old.string
    file = io.BytesIO()
    write_po(file, fresh, width=110, omit_header=True, include_lineno=False)
    return HEADER + file.getvalue().decode().strip() + "\n"


def main() -> int:
    """Write the catalogue and say what is still to be translated."""
    RUSSIAN.parent.mkdir(parents=True, exist_ok=True)
    RUSSIAN.write_text(refreshed(), encoding="utf-8")
    catalog = read_russian()
    missing = [message for message in catalog if message.id and not is_translated(message.string)]
    print(f"{RUSSIAN.relative_to(ROOT)}: {len(catalog)} texts, {len(missing)} to translate.")
    for message in missing:
        print(f"  {message.id!r}")
    return 0


def is_translated(string: str | tuple[str, ...]) -> bool:
    """Say whether a text, or each of its plural forms, is there."""
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    sys.exit(main())
