"""A browser without JavaScript: it follows links, fills in forms and reads pages, as a person would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 30
_VOID = {"input", "br", "meta", "link", "img", "hr", "wbr", "rect", "use", "path"}


@dataclass
class Element:
    """A part of a page."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def find_all(self, tag: str, **attributes: str) -> list["Element"]:
        """Return the elements of this tag below this one, in their order, with these attributes."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                wanted = all(child.attributes.get(name) == value for name, value in attributes.items())
                found += [child] if child.tag == tag and wanted else []
                found += child.find_all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """What stands there, with single blanks; thin ones in numbers are left out."""
        words = "".join(child if isinstance(child, str) else child._words for child in self.children)
        return " ".join(words.replace("\u202f", "").replace("\u2009", "").split())

    @property
    def _words(self) -> str:
        return "".join(child if isinstance(child, str) else child._words for child in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {})
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self._open
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self._open = element.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)


class Page(Element):
    """An answer of the server, read."""

    def __init__(self, answer: requests.Response) -> None:
        reader = _Reader()
        reader.feed(answer.text)
        super().__init__("document", {}, None, reader.root.children)
        self.url, self.status = answer.url, answer.status_code

    def facts(self) -> dict[str, str]:
        """Return the lists of facts: what stands left → what stands right."""
        names, values = self.find_all("dt"), self.find_all("dd")
        return {name.text: value.text for name, value in zip(names, values, strict=True)}

    def rows(self) -> list[list[str]]:
        """Return the cells of every table row."""
        return [[cell.text for cell in _cells(row)] for row in self.find_all("tr")]

    def form(self, action: str) -> Element:
        """Return the form that posts to this path."""
        forms = [form for form in self.find_all("form") if form.attributes.get("action") == action]
        assert forms, f"no form for {action} on {self.url}"
        return forms[0]


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row.children if isinstance(cell, Element) and cell.tag in {"td", "th"}]


def _values(form: Element) -> list[tuple[str, str]]:
    """Return what a browser would send of a form nobody has touched, buttons apart."""
    pairs = []
    for element in form.find_all("input"):
        kind = element.attributes.get("type", "text")
        if kind in {"submit", "button"} or (
            kind in {"checkbox", "radio"} and "checked" not in element.attributes
        ):
            continue
        pairs.append((element.attributes.get("name", ""), element.attributes.get("value", "")))
    for element in form.find_all("select"):
        options = element.find_all("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        pairs += [
            (element.attributes.get("name", ""), option.attributes.get("value", "")) for option in chosen
        ]
    return [pair for pair in pairs if pair[0]]


class Browser:
    """Keeps cookies, follows redirects, reads English."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept-Language"] = "en"

    def get(self, path: str) -> Page:
        """Open a page."""
        return Page(self._session.get(urljoin(self._address, path), timeout=TIMEOUT_SECONDS))

    def send(self, page: Page, action: str, button: str = "", **typed: str) -> Page:
        """Fill in the page's form for `action` and press the button of this value."""
        form = page.form(action)
        pairs = _values(form)
        unknown = set(typed) - {name for name, _ in pairs}
        assert not unknown, f"the form has no field {', '.join(sorted(unknown))}"
        sent = [(name, typed.get(name, value)) for name, value in pairs]
        pressed = [
            element for element in form.find_all("button") if element.attributes.get("value", "") == button
        ]
        assert pressed, f"the form has no button {button!r}"
        name = pressed[0].attributes.get("name")
        sent += [(name, button)] if name else []
        return Page(self._session.post(urljoin(page.url, action), data=sent, timeout=TIMEOUT_SECONDS))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()
