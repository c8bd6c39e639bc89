"""The table of what a server does otherwise than the simulator."""

from _pytest.reports import TestReport

from tests.contract.facts import WIDTH, differing_facts


def failed(name: str, words: str) -> TestReport:
    return TestReport(f"tests/contract/test_x.py::{name}", ("", 0, ""), {}, "failed", words, "call")


def test_a_test_that_failed_is_a_fact_that_is_not_so() -> None:
    lines = differing_facts([failed("test_a_name_is_burnt[kill]", "assert 'running' ==\n 'aborted'")], [])

    assert lines == ["a name is burnt (kill): not so. assert 'running' == 'aborted'"]


def test_what_was_noted_is_told_only_where_it_differs() -> None:
    noted = [("the survivor", "the first", "the second"), ("the dialect", "v1", "v1")]

    assert differing_facts([], noted) == ["the survivor: the simulator the first, here the second"]


def test_a_line_does_not_fill_the_screen() -> None:
    [line] = differing_facts([failed("test_it", "x" * 5000)], [])

    assert len(line) <= 2 * WIDTH
