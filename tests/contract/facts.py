"""The table of what a real PanDA does otherwise than the simulator, which passes every one of these tests."""

from collections.abc import Iterable

from _pytest.reports import TestReport

WIDTH = 110


def differing_facts(failed: Iterable[TestReport], noted: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the lines of the table.

    failed: tests that did not pass; the name of each says what the simulator does. noted: fact, what the
    simulator does, what was seen; only those that differ are told.
    """
    lines = [f"{_fact_of(report)}: not so. {_first_words(report)}" for report in failed]
    lines += [f"{fact}: the simulator {known}, here {seen}" for fact, known, seen in noted if known != seen]
    return [line[: 2 * WIDTH] for line in lines]


def _fact_of(report: TestReport) -> str:
    name = report.nodeid.rpartition("::")[2].removeprefix("test_")
    words, _, case = name.partition("[")
    return words.replace("_", " ") + (f" ({case.rstrip(']')})" if case else "")


def _first_words(report: TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return " ".join(str(crash.message if crash else report.longrepr).split())[:WIDTH]
