"""Read an answer as a browser does: its elements, words, forms and the tokens in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """An element of a page; `parts` holds its texts and elements in order."""

    tag: str
    attributes: dict[str, str]
    parts: list = field(default_factory=list)

    def all(self, tag: str | None = None, **wanted: str) -> Iterator["Element"]:
        """Yield the elements inside with this tag and these attributes; class_ for class."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        for part in self.parts:
            if not isinstance(part, Element):
                continue
            if tag in (None, part.tag) and wanted.items() <= part.attributes.items():
                yield part
            yield from part.all(tag, **wanted)

    def one(self, tag: str | None = None, **wanted: str) -> "Element":
        """Return the only such element."""
        found = list(self.all(tag, **wanted))
        assert len(found) == 1, f"{len(found)} elements {tag} {wanted} on the page"
        return found[0]

    def has(self, tag: str | None = None, **wanted: str) -> bool:
        """Say whether there is such an element."""
        return next(self.all(tag, **wanted), None) is not None

    @property
    def text(self) -> str:
        """The words, blanks put in order."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, Element):
                yield from part._texts()
            else:
                yield part

    def sent(self) -> list[tuple[str, str]]:
        """Return what a form sends, its buttons apart."""
        return [pair for control in self.all() for pair in _sent_by(control)]

    def value(self, name: str) -> str:
        """Return what a control of this name would send."""
        return dict(self.sent())[name]

    def buttons(self, name: str) -> list[str]:
        """Return the values of the buttons of this name."""
        return [button.attributes["value"] for button in self.all("button", name=name)]


def _sent_by(control: Element) -> Iterator[tuple[str, str]]:
    name, attributes = control.attributes.get("name"), control.attributes
    if not name:
        return
    if control.tag == "select":
        options = list(control.all("option"))
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        yield from ((name, option.attributes.get("value", option.text)) for option in chosen)
    elif control.tag == "input" and (attributes.get("type") != "checkbox" or "checked" in attributes):
        yield name, attributes.get("value", "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("page", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].parts.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self._open[-1].parts.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def read(answer: TestResponse) -> Element:
    """Return the page of an answer, read once; every element that was opened must be closed."""
    if not hasattr(answer, "page"):
        answer.page = _page_of(answer)
    return answer.page


def _page_of(answer: TestResponse) -> Element:
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    assert reader._open == [reader.root], "an element is not closed"
    return reader.root
