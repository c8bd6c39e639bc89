"""What administrators read is what the service says."""

from pathlib import Path

from app.iam.errors import Reason

TEXT = (Path(__file__).parent.parent.parent / "docs/spd-iam.md").read_text()


def test_every_reason_of_a_refusal_is_explained():
    explained = {line.split("|")[1].strip() for line in TEXT.splitlines() if line.startswith("|")}

    assert {reason.value for reason in Reason} - explained == set()
