"""The list of what the service is made of names exactly what is locked, each with its hashes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKED = re.compile(r"^([a-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([\w.!+-]+)", re.MULTILINE | re.IGNORECASE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def sbom_command(target: Path) -> list[str]:
    """Return the command of `make sbom`, as it stands in the Makefile."""
    recipe = re.search(r"cyclonedx_py (.*?)\n\t@echo", (ROOT / "Makefile").read_text(), re.DOTALL)
    words = recipe[1].replace("\\\n", " ").replace("$(SBOM)", str(target)).split()
    return [sys.executable, "-m", "cyclonedx_py", *words]


@pytest.fixture(scope="module")
def components(tmp_path_factory):
    target = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    subprocess.run(sbom_command(target), cwd=ROOT, check=True, capture_output=True)
    return json.loads(target.read_text())["components"]


def test_it_lists_exactly_the_locked_packages(components):
    locked = {
        normal(name): version for name, version in LOCKED.findall((ROOT / "requirements.txt").read_text())
    }

    listed = {normal(component["name"]): component["version"] for component in components}

    assert listed == locked
    assert len(locked) >= 30


def test_every_package_has_its_address_and_hashes(components):
    for component in components:
        assert component["purl"].startswith("pkg:pypi/"), component["name"]
        references = component.get("externalReferences", [])
        assert component.get("hashes") or any(each.get("hashes") for each in references), component["name"]
