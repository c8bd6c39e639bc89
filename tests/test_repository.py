"""What is kept in the repository: nothing of one machine, and locked requirements that fit pyproject.toml."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt"]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)

# Written in pieces, for this file is looked at too.
FOREIGN = {
    "a path of one machine": re.compile(r"(?<![\w.-])/(work|root|home/\w+)" + r"/(?!\.\.\.)"),
    "a folder beside the repository": re.compile(re.escape("../" + "shared")),
    "a package registry": re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(org|com)"])
    ),
    "a mirror of one machine": re.compile("/opt/" + "(pypi|wheels)"),
}


def tracked() -> list[Path]:
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in answer.stdout.split("\0") if name]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a picture


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_names_what_exists_on_one_machine_only(what):
    files = [path for path in tracked() if path.is_file()]

    found = [str(path.relative_to(ROOT)) for path in files if FOREIGN[what].search(text_of(path))]

    assert files
    assert found == []


def test_what_is_made_is_not_kept():
    made = [path.name for path in tracked() if path.suffix in {".mo", ".pyc", ".sqlite", ".log"}]

    assert made == []


def test_what_is_run_can_be_run():
    answer = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    modes = {line.split("\t")[1]: line[:6] for line in answer.stdout.splitlines()}
    scripts = {name: mode for name, mode in modes.items() if name.endswith(".sh") or name == ".ci/run"}

    assert scripts
    assert set(scripts.values()) == {"100755"}


def versions(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return {canonicalize_name(name): version for name, version in PINNED.findall(text)}


def wanted() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run = [Requirement(text) for text in project["dependencies"]]
    develop = [Requirement(text) for text in project["optional-dependencies"]["dev"]]
    return {"requirements.txt": run, "requirements-dev.txt": [*run, *develop]}


def is_met(needed: Requirement, locked: dict[str, str]) -> bool:
    version = locked.get(canonicalize_name(needed.name))
    return version is not None and needed.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock):
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text())
    packages = [entry for entry in entries if PINNED.match(entry)]

    assert packages
    assert [entry.splitlines()[0] for entry in packages if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_has_what_the_project_asks_for(lock):
    locked = versions(lock)

    unmet = [str(needed) for needed in wanted()[lock] if not is_met(needed, locked)]

    assert unmet == []


def test_both_locks_agree():
    run, develop = (versions(lock) for lock in LOCKS)

    assert {name: develop.get(name) for name in run} == run
