"""No secret gets into a text that is kept."""

import json

import pytest

from app.panda.masking import MASKED, Mask
from tests.panda.scripted import TOKEN

OPAQUE = "abc+DEF/ghi=="


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}",
        f"a{TOKEN}b",
        f"only the signature: {TOKEN.split('.')[2]}",
        f"only the payload: {TOKEN.split('.')[1]}",
        OPAQUE,
        "abc%2BDEF%2Fghi%3D%3D",
        r"abc+DEF\/ghi==",
    ],
)
def test_the_current_secrets_are_masked_in_every_form(text: str) -> None:
    masked = Mask(TOKEN, OPAQUE)(text)

    assert MASKED in masked
    assert not any(part in masked for part in [*TOKEN.split("."), "DEF", "ghi"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASKED}"),
        ("bearer%20abc", f"bearer%20{MASKED}"),
        ("BEARER  abc-def~1 and more", f"BEARER  {MASKED} and more"),
        ("a token eyJhbGciOiJub25lIn0.e30. here", f"a token {MASKED} here"),
        ("cut eyJhbGciOiJub2", f"cut {MASKED}"),
        ('{"access_token": "opaque", "b": 1}', f'{{"access_token": "{MASKED}", "b": 1}}'),
    ],
)
def test_what_looks_like_a_token_is_masked(text: str, masked: str) -> None:
    assert Mask()(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "succeeded. new jediTaskID=7",
        "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name.1",
        "ERROR : Token authentication failed. Invalid token. Signature has expired",
        "",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert Mask(TOKEN)(text) == text


def test_an_empty_secret_masks_nothing() -> None:
    assert Mask("")("abc") == "abc"


@pytest.mark.parametrize("before", range(4096 - len(TOKEN) - 2, 4098, 7))
def test_a_token_across_the_end_of_what_is_kept_is_masked(before: int) -> None:
    head = Mask(TOKEN).head(b"." * before + TOKEN.encode() + b"." * 5000)

    assert len(head) <= 4096
    assert "eyJ" not in head
    assert TOKEN.split(".")[2][:6] not in head


def test_an_answer_is_cut_in_characters_not_in_bytes() -> None:
    assert Mask().head("я".encode() * 5000) == "я" * 4096


def test_bytes_that_no_database_takes_are_replaced() -> None:
    assert Mask().head(b"a\x00b\xff") == "a\ufffdb\ufffd"
    assert Mask()("a\x00\ud800") == "a\ufffd?"


def test_data_are_masked_at_any_depth() -> None:
    data = {"a": [f"Bearer {TOKEN}", {"b": OPAQUE}], "n": 1.5, "t": True, "z": None}

    masked = Mask(TOKEN, OPAQUE).data(data)

    assert masked == {"a": [f"Bearer {MASKED}", {"b": MASKED}], "n": 1.5, "t": True, "z": None}
    assert TOKEN not in json.dumps(masked)
