"""The lines of the short fault campaign in the summary."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, line in report.user_properties:
            if name == "fault campaign" and report.when == "call":
                terminalreporter.write_line(f"{name}: {line}")
