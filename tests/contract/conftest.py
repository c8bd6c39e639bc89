"""Contract tests: the same against the simulator and against any real PanDA.

pytest tests/contract                                   starts the simulator and tests that
pytest tests/contract --panda-url https://panda.example.org:25443 --panda-token-file FILE --panda-vo VO
    [--panda-no-role-token-file FILE] [--panda-ca FILE] [--panda-patience SECONDS]

On a real server the tasks are tiny and are killed at the end, also when a test failed. What the server does
otherwise than the simulator is told in a table at the end: a test that fails is such a fact. Not with -n.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import network_guard
from tests.contract.cleaner import Cleaner
from tests.contract.facts import differing_facts
from tests.contract.panda import PATIENCE_SECONDS, Panda, Simulator
from tests.contract.recordings import EXEMPT, VIEWER
from tests.simulator.program import Program

REPLAY = "test_recordings.py::test_the_reply_is_the_recorded_one["


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("PanDA")
    group.addoption("--panda-url", help="test this PanDA instead of the simulator")
    group.addoption("--panda-token-file", help="file with an access token of the production role")
    group.addoption("--panda-no-role-token-file", help="file with a token of somebody without that role")
    group.addoption("--panda-ca", help="file of certificates that the server's must chain to")
    group.addoption("--panda-patience", type=int, default=PATIENCE_SECONDS, help="longest wait, seconds")
    group.addoption("--panda-vo", default="spd.nica.jinr", help="virtual organisation of the tasks")


@pytest.fixture(scope="session")
def simulator_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("simulator"))
    yield program
    program.stop()


@pytest.fixture(scope="session")
def real_panda_url(request: pytest.FixtureRequest) -> str | None:
    """The address given on the command line; the options are unknown when all the tests are run."""
    url = request.config.getoption("--panda-url", None)
    host = urlsplit(url).hostname if url else None
    if host not in {None, "127.0.0.1", "localhost"}:
        network_guard.allow(host)
    return url


@pytest.fixture(scope="session")
def running_simulator(real_panda_url: str | None, request: pytest.FixtureRequest) -> Simulator:
    if real_panda_url is not None:
        pytest.skip("the recordings are replayed against the simulator only: they need its control endpoints")
    return Simulator(request.getfixturevalue("simulator_program").url)


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """The simulator with nothing in it and its clock stopped; skips the test for a real PanDA."""
    running_simulator.begin()
    return running_simulator


def _token(options: pytest.Config, name: str) -> str:
    return Path(options.getoption(name)).read_text().strip()


@pytest.fixture(scope="session")
def real_panda(real_panda_url: str | None, pytestconfig: pytest.Config) -> Iterator[Panda | None]:
    """The real server of the options; when all tests are over, nothing that they began lives on."""
    if real_panda_url is None:
        yield None
        return
    ca = pytestconfig.getoption("--panda-ca")
    token = _token(pytestconfig, "--panda-token-file")
    panda = Panda(real_panda_url, token, pytestconfig.getoption("--panda-vo"), ca=ca)
    panda.patience_seconds = pytestconfig.getoption("--panda-patience")
    yield panda
    cleaner = Cleaner(panda)
    still_alive = cleaner.sweep(panda.patience_seconds)
    pytestconfig.stash[CLEANED] = (len(cleaner.ended), sorted(still_alive))


CLEANED = pytest.StashKey[tuple[int, list[int]]]()


@pytest.fixture
def panda(real_panda: Panda | None, request: pytest.FixtureRequest) -> Iterator[Panda]:
    """The PanDA under test. The tasks a test has submitted are killed after it."""
    if real_panda is not None:
        panda = real_panda
    else:
        simulator = request.getfixturevalue("simulator")
        panda = Panda(simulator.url, simulator.token(), "spd.nica.jinr", simulator)
    yield panda
    panda.kill_all()


@pytest.fixture
def outsider(panda: Panda, pytestconfig: pytest.Config) -> Panda:
    """The same PanDA, asked by somebody who is in the organisation but has no production role."""
    if panda.simulator is not None:
        token = panda.simulator.token(**VIEWER)
    elif not pytestconfig.getoption("--panda-no-role-token-file"):
        pytest.skip("--panda-no-role-token-file was not given")
    else:
        token = _token(pytestconfig, "--panda-no-role-token-file")
    return Panda(panda.url, token, panda.vo, panda.simulator, ca=panda.ca, role="user")


@pytest.fixture
def fact(request: pytest.FixtureRequest) -> Callable[[str, object, object], None]:
    """fact(words, what the simulator does, what was seen): told at the end where they differ."""

    def note(words: str, known: object, seen: object) -> None:
        request.node.user_properties.append(("fact", (words, str(known), str(seen))))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    passed = [report for report in terminalreporter.stats.get("passed", []) if REPLAY in report.nodeid]
    if passed:
        terminalreporter.write_line(f"recordings: {len(passed)} replayed, {len(EXEMPT)} exempt")
    if config.getoption("--panda-url", None):
        _tell_facts(terminalreporter)
        if CLEANED in config.stash:
            ended, alive = config.stash[CLEANED]
            terminalreporter.write_line(f"tasks submitted and ended: {ended}; still alive: {alive or 'none'}")


def _tell_facts(terminalreporter: pytest.TerminalReporter) -> None:
    stats = terminalreporter.stats
    failed = [report for kind in ("failed", "error") for report in stats.get(kind, [])]
    noted = [
        value
        for kind in ("passed", "failed")
        for report in stats.get(kind, [])
        for name, value in report.user_properties
        if name == "fact"
    ]
    lines = differing_facts(failed, noted)
    terminalreporter.section("facts that differ from the simulator")
    for line in lines or ["none"]:
        terminalreporter.write_line(line)
