"""What a comment is made of: text, addresses, mentions; and what is wrong with one."""

import pytest

from app.domain.comment import Piece, PieceKind, check_comment, clean, mentioned_in, pieces_of

TEXT, ADDRESS, MENTION = PieceKind.TEXT, PieceKind.ADDRESS, PieceKind.MENTION


def marked(text):
    """Write a comment with addresses in <> and mentions in []."""
    marks = {TEXT: "{}", ADDRESS: "<{}>", MENTION: "[{}]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (
            "see https://indico.example.org/e/1?a=b#c, please",
            "see <https://indico.example.org/e/1?a=b#c>, please",
        ),
        ("(http://example.org/a).", "(<http://example.org/a>)."),
        ("HTTP://EXAMPLE.ORG", "<HTTP://EXAMPLE.ORG>"),
        ("ftp://example.org javascript:alert(1) data:text/html,x", None),
        ("https:// http://", None),
        ("http://[::1", None),
        ("@physicist1: look", "[@physicist1]: look"),
        ("ask @a.b-c_d.", "ask [@a.b-c_d]."),
        ("@Physicist1", "[@Physicist1]"),
        ("mail somebody@example.org or x@physicist1", None),
        ("@ab @1abc @@physicist1", None),
        ("https://example.org/@physicist1", "<https://example.org/@physicist1>"),
        ("@physicist1@manager2", "[@physicist1]@manager2"),
        ("a\nb  c", None),
    ],
)
def test_a_comment_is_taken_apart(text, expected):
    assert marked(text) == (text if expected is None else expected)
    assert "".join(piece.text for piece in pieces_of(text)) == text


def test_a_name_counts_once_and_in_small_letters():
    assert mentioned_in("@manager1 @MANAGER1 and @physicist2.") == ["manager1", "physicist2"]
    assert Piece(MENTION, "@MANAGER1").username == "manager1"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  a \r\n b\rc  \n\n", "a\n b\nc"),
        ("a\x00b\u202e\u200b\ufeffc\x1b[31m", "abc[31m"),
        ("a\tb", "a b"),
        ("\u2028", ""),
        ("a\n\n\nb", "a\n\n\nb"),
        ("\ud800x", "x"),
    ],
)
def test_what_hides_is_left_out_and_lines_stay(typed, stored):
    assert clean(typed) == stored


def test_a_comment_has_words_an_end_and_a_limit_of_names():
    def problems(text):
        return [(problem.code, dict(problem.values)) for problem in check_comment(text)]

    names = [f"@person{number}" for number in range(11)]
    assert problems("") == [("missing", {})]
    assert problems("x" * 4000) == problems(" ".join(names[:10])) == []
    assert problems("x" * 4001) == [("too_long", {"length": 4001, "maximum": 4000})]
    assert problems(" ".join(names)) == [("too_many_mentions", {"maximum": 10})]


def test_a_long_word_is_taken_apart_in_no_time():
    """Nothing in the pattern is tried twice over."""
    for text in ("@" * 4000, "a" * 4000, "http://" + "a" * 4000, "@a" + "-" * 3990, "https://" * 500):
        assert "".join(piece.text for piece in pieces_of(text)) == text
