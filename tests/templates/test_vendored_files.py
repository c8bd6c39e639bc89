"""What others wrote is whole, listed with version, licence and hash, and nothing else lies beside it."""

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "app" / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
LICENCES = {"0BSD", "MIT"}

# Hashes of the published packages, checked once by hand: a file and its line in the manifest cannot be
# changed together unseen.
PUBLISHED = {
    "htmx/htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "idiomorph/idiomorph-ext.min.js": "5811b9a7eda14878b7dab4378bf60432e1bb6f11fcfb970cc26540642650181e",
    "bootstrap/bootstrap.min.css": "9caac977a0af0c2229abd397eee3345899c4020da2a1a0b711c1cc543fe3719d",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_vendored_file_matches_the_manifest(entry):
    assert sha256(VENDOR / entry["file"]) == entry["sha256"]
    assert entry["licence"] in LICENCES


@pytest.mark.parametrize(("file", "published"), PUBLISHED.items())
def test_the_manifest_matches_what_was_published(file, published):
    (entry,) = [entry for entry in MANIFEST if entry["file"] == file]

    assert entry["sha256"] == published


def test_no_vendored_file_is_unlisted():
    listed = {entry["file"] for entry in MANIFEST}

    found = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}

    assert found - listed == {"manifest.json"} | {f"{folder}/VERSION" for folder in folders()}
    assert listed - found == set()


@pytest.mark.parametrize("folder", sorted({entry["file"].split("/")[0] for entry in MANIFEST}))
def test_each_library_says_its_version_and_its_licence(folder):
    versions = {entry["version"] for entry in MANIFEST if entry["file"].startswith(f"{folder}/")}

    assert versions == {(VENDOR / folder / "VERSION").read_text().strip()}
    assert (VENDOR / folder / "LICENSE").stat().st_size > 0


def folders() -> set[str]:
    return {path.name for path in VENDOR.iterdir() if path.is_dir()}
