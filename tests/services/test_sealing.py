"""What is encrypted in the database opens with its key and for its purpose only."""

import base64
import json

import pytest

from app.services.sealing import seal, unseal

KEY, PURPOSE = "a key of tests that is long enough", "second factor of 1"


def test_it_opens_with_the_same_key_for_the_same_purpose_only():
    sealed = seal("JBSWY3DPEHPK3PXP", KEY, PURPOSE)

    assert unseal(sealed, KEY, PURPOSE) == "JBSWY3DPEHPK3PXP"
    assert unseal(sealed, KEY + "x", PURPOSE) is None
    assert unseal(sealed, KEY, "second factor of 2") is None


def test_it_is_encrypted_with_an_approved_cipher_and_never_twice_the_same():
    sealed = {seal("JBSWY3DPEHPK3PXP", KEY, PURPOSE) for _ in range(20)}

    assert len(sealed) == 20
    for one in sealed:
        header = one.partition(".")[0]
        assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "dir", "enc": "A256GCM"}
        assert "JBSWY3DPEHPK3PXP" not in one
        assert len(one) <= 200  # the column


@pytest.mark.parametrize("place", [0, 5, 40, 60, 80, -1])
def test_what_was_changed_does_not_open(place):
    sealed = seal("JBSWY3DPEHPK3PXP", KEY, PURPOSE)
    letter = "A" if sealed[place] != "A" else "B"
    changed = sealed[:place] + letter + (sealed[place + 1 :] if place != -1 else "")

    assert unseal(changed, KEY, PURPOSE) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c.d.e", "é", "eyJhbGciOiJub25lIn0....", "gAAAAABold"])
def test_what_is_no_sealed_text_does_not_open(text):
    assert unseal(text, KEY, PURPOSE) is None
