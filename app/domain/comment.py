"""Comments on a task: plain text with line breaks, with addresses and mentions told apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem

# Characters.
LONGEST_COMMENT = 4000
# People one comment can name: each gets a mail.
MOST_MENTIONS = 10

# A username after an @ that no other word runs into, or it would be an e-mail address.
_MENTION = r"(?<![\w.@/-])@(?P<name>[a-z][a-z0-9_.-]{2,63})"
_ADDRESS = r"(?P<address>https?://[^\s<>\"'`]+)"
_PIECES = re.compile(f"{_ADDRESS}|{_MENTION}", re.IGNORECASE | re.ASCII)
# What ends a sentence belongs to neither an address nor a name.
_AFTER_ADDRESS = ".,;:!?)]}"
_AFTER_NAME = "_.-"


class PieceKind(StrEnum):
    """What a piece of a comment is."""

    TEXT = "text"
    ADDRESS = "address"
    MENTION = "mention"


@dataclass(frozen=True)
class Piece:
    """A piece of a comment. text: as written."""

    kind: PieceKind
    text: str

    @property
    def username(self) -> str:
        """Of a mention: the username meant."""
        return self.text.removeprefix("@").lower()


def clean(text: str) -> str:
    """Return a comment as it is stored: without what hides, no blanks at the ends, \\n between lines."""
    lines = [without_control_characters(line.replace("\t", " ")).rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip()


def check_comment(text: str) -> list[Problem]:
    """Return what is wrong with a comment that was cleaned."""
    if not text:
        return [Problem("comment", "missing")]
    problems = []
    if len(text) > LONGEST_COMMENT:
        values = {"length": len(text), "maximum": LONGEST_COMMENT}
        problems.append(Problem("comment", "too_long", values))
    if len(mentioned_in(text)) > MOST_MENTIONS:
        problems.append(Problem("comment", "too_many_mentions", {"maximum": MOST_MENTIONS}))
    return problems


def mentioned_in(text: str) -> list[str]:
    """Return the usernames that a comment mentions, whether anybody has them or not; each once."""
    return list(dict.fromkeys(piece.username for piece in pieces_of(text) if piece.kind is PieceKind.MENTION))


def pieces_of(text: str) -> list[Piece]:
    """Take a comment apart: the texts of its pieces together are the comment."""
    pieces, end = [], 0
    for start, length, piece in _found(text):
        pieces += [Piece(PieceKind.TEXT, text[end:start]), piece]
        end = start + length
    pieces.append(Piece(PieceKind.TEXT, text[end:]))
    return [piece for piece in pieces if piece.text]


def _found(text: str) -> Iterator[tuple[int, int, Piece]]:
    """Yield (first character, number of characters, piece) of each address and mention."""
    for match in _PIECES.finditer(text):
        if match["address"]:
            address = match["address"].rstrip(_AFTER_ADDRESS)
            if _leads_somewhere(address):
                yield match.start(), len(address), Piece(PieceKind.ADDRESS, address)
        else:
            mention = match[0].rstrip(_AFTER_NAME)
            yield match.start(), len(mention), Piece(PieceKind.MENTION, mention)


def _leads_somewhere(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:  # [half of an address of IPv6
        return False
