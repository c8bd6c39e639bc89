"""Settings: where they come from, what is refused, and that all problems are told at once."""

import re
import stat
import textwrap
from pathlib import Path

import pytest

import config as defaults
from app.settings import SettingsError, check, load

NAMES = [name for name in dir(defaults) if name.isupper()]
ROOT = Path(__file__).parent.parent
SECRET = "x" * 40


@pytest.fixture
def production(tmp_path: Path) -> dict:
    """Settings as a server of the experiment has them: nothing of the demo is left."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    return {
        "PRODUCTION": True,
        "INSTANCE_ID": "spd",
        "PUBLIC_URL": "https://spd.example.org",
        "TRUSTED_HOSTS": ["spd.example.org"],
        "PANDA_USER_NAME": "spdprod",
        "PANDA_URL": "https://panda.example.org:25443",
        "PANDA_TOKEN_FILE": "/run/panda/token",
        "PANDA_TOKEN_URL": "",
        "SECRET_KEY_FILE": str(secret),
        "MAIL_SERVER": "mail.example.org",
        "MAIL_FROM": "SPD Production Manager <spd-production@example.org>",
    }


def read(instance: Path, environment: dict | None = None, **overrides: object) -> dict:
    settings: dict = {}
    load(settings, instance, environment or {}, overrides)
    return settings


def problems(instance: Path, environment: dict | None = None, **overrides: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        check(read(instance, environment, **overrides))
    return caught.value.problems


def test_the_defaults_are_fit_for_a_demo(tmp_path):
    settings = read(tmp_path)

    check(settings)

    assert settings["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'spd.sqlite'}"
    assert settings["LOG_FOLDER"] == str(tmp_path / "logs")
    assert settings["SENT_JOURNAL"] == str(tmp_path / "sent.journal")


def test_later_places_win(tmp_path):
    (tmp_path / "config.py").write_text("LIST_PAGE_SIZE = 30\nMAX_JOBS = 31\nCOUNT_LIMIT = 32\n")
    environment = {"SPD_MAX_JOBS": "41", "SPD_COUNT_LIMIT": "42"}

    settings = read(tmp_path, environment, COUNT_LIMIT=52)

    assert [settings[name] for name in ("LIST_PAGE_SIZE", "MAX_JOBS", "COUNT_LIMIT")] == [30, 41, 52]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PRODUCTION", "false", False),
        ("PROXIES", "1", 1),
        ("PANDA_CONNECT_SECONDS", "1.5", 1.5),
        ("PANDA_CONNECT_SECONDS", "2", 2),
        ("TRUSTED_HOSTS", '["spd.example.org"]', ["spd.example.org"]),
        ("PANDA_USER_NAME", "12", "12"),
        ("DATABASE_URL", "", ""),
    ],
)
def test_the_environment_gives_a_value_of_the_settings_type(tmp_path, name, text, value):
    settings = read(tmp_path, {f"SPD_{name}": text})

    assert settings[name] == value
    assert type(settings[name]) is type(value)


def test_the_environment_cannot_give_half_a_list(tmp_path):
    with pytest.raises(SettingsError, match="SPD_TRUSTED_HOSTS"):
        read(tmp_path, {"SPD_TRUSTED_HOSTS": "spd.example.org"})


def test_everything_in_the_environment_that_is_not_json_is_told_at_once(tmp_path):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, {"SPD_TRUSTED_HOSTS": "spd.example.org", "SPD_PROXIES": "one"})

    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "text",
    [
        "PROXIES = ",
        "PROXIES = many",
        "PROXIES = int('x')",
        "import nothing_such",
        "x = 1 / 0",
        "import os; os.environ['NOPE']",
    ],
)
def test_a_config_file_that_is_no_python_is_told(tmp_path, text):
    (tmp_path / "config.py").write_text(text)

    with pytest.raises(SettingsError, match=r"config\.py cannot be read"):
        read(tmp_path)


def test_yes_and_no_are_no_numbers(tmp_path):
    assert problems(tmp_path, PROXIES=True) == ["PROXIES: must be int, is bool"]


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_another_type_is_refused(tmp_path, name):
    wrong = 1 if isinstance(getattr(defaults, name), str) else "text"
    (tmp_path / "config.py").write_text(f"{name} = {wrong!r}")

    found = problems(tmp_path)

    assert [problem.partition(":")[0] for problem in found if ": must be " in problem] == [name]


def test_wrong_types_are_told_in_production_too(tmp_path, production):
    found = problems(tmp_path, **{**production, "PUBLIC_URL": 5, "PROXIES": "1"})

    assert {problem.partition(":")[0] for problem in found} == {"PUBLIC_URL", "PROXIES"}


def test_all_problems_are_told_at_once(tmp_path):
    wrong = {
        "INSTANCE_ID": "",
        "PUBLIC_URL": "spd",
        "TRUSTED_HOSTS": [],
        "PROXIES": -1,
        "DATABASE_URL": "oracle://spd@db/spd",
        "LOG_FOLDER": "/dev/null/logs",
        "SENT_JOURNAL": "/dev/null/sent.journal",
        "SUBMISSIONS_PER_MINUTE": -1,
        "UNANSWERED_SENDS_LIMIT": 0,
        "UNANSWERED_REST_SECONDS": 0,
        "DUPLICATE_WATCH_DAYS": 0,
        "WATCH_EVERY_SECONDS": -5,
        "WATCH_LONGEST_HOURS": 0,
        "REFRESH_STRANGERS_PER_CYCLE": 0,
        "NEW_ACCOUNT_ROLE": "boss",
        "TIME_ZONE": "Nowhere/Never",
        "LIST_PAGE_SIZE": 0,
        "DELIVER_RETRY_SECONDS": 61,
        "HEARTBEAT_AMBER_SECONDS": 91,
        "REFRESH_OVERLAP_HOURS": 6,
        "PANDA_URL": "http://panda.example.org",
        "PANDA_TOKEN_URL": "http://iam.example.org/token",
        "PANDA_CA_BUNDLE": "/nowhere/certificates.pem",
        "PANDA_ORIGIN": "spd",
        "PANDA_USER_NAME": "имя",
    }

    found = problems(tmp_path, **wrong)

    assert sorted(re.split("[: ]", problem)[0] for problem in found) == sorted(wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSTANCE_ID", "  "),
        ("INSTANCE_ID", "x" * 65),
        ("TIME_ZONE", ""),
        ("TIME_ZONE", "Europe"),
        ("TIME_ZONE", "../UTC"),
        ("WARN_JOBS_ABOVE", -1),
        ("COMMAND_AGAIN_MINUTES", 31),
        ("COMMAND_AGAIN_TIMES", -1),
        ("PRIORITY_LOWEST", 1001),
        ("PRIORITY_HIGHEST", 2**31),
        ("IMPORT_ROWS_LIMIT", 10_001),
        ("IMPORT_ROWS_LIMIT", 0),
        ("IMPORT_BYTES_LIMIT", 10_000_001),
        ("PANDA_CONNECT_SECONDS", float("nan")),
        ("PANDA_CONNECT_SECONDS", float("inf")),
        ("SECRET_KEY_FILE", "/nowhere/secret"),
        ("SECRET_KEY_FILE", "/dev"),
        *((name, 0) for name in NAMES if "_EVERY_" in name or name.startswith("MAX_")),
        ("REFRESH_DETAILS_PER_CYCLE", 0),
        ("LOG_FORMAT", "xml"),
        ("METRICS_TOKEN_FILE", "/nowhere/token"),
        ("METRICS_TOKEN_FILE", "/dev/null"),
        ("ALARM_MAIL_TO", ["shift"]),
        ("ALARM_MAIL_TO", [5]),
    ],
)
def test_a_value_that_cannot_work_is_refused(tmp_path, name, value):
    (problem,) = problems(tmp_path, **{name: value})

    assert problem.startswith(name)


def test_a_log_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "logs").touch()

    assert problems(tmp_path) == [f"LOG_FOLDER: no files can be written in {tmp_path / 'logs'}"]


def test_a_log_folder_is_made_later(tmp_path):
    check(read(tmp_path, LOG_FOLDER=str(tmp_path / "new" / "logs")))

    assert not (tmp_path / "new").exists()


def test_the_settings_of_the_installation_chapter_are_accepted(tmp_path):
    [block] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/deploy/README.md").read_text(), re.DOTALL)
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    (tmp_path / "config.py").write_text(textwrap.dedent(block))

    check(read(tmp_path, SECRET_KEY_FILE=str(secret)))


def test_the_settings_of_a_production_server_are_accepted(tmp_path, production):
    check(read(tmp_path, **production))


@pytest.mark.parametrize(
    ("name", "demo"),
    [
        ("INSTANCE_ID", defaults.INSTANCE_ID),
        ("PUBLIC_URL", defaults.PUBLIC_URL),
        ("PUBLIC_URL", "http://spd.example.org"),
        ("TRUSTED_HOSTS", defaults.TRUSTED_HOSTS),
        ("PANDA_USER_NAME", defaults.PANDA_USER_NAME),
        ("PANDA_URL", defaults.PANDA_URL),
        ("PANDA_TOKEN_URL", defaults.PANDA_TOKEN_URL),
        ("PANDA_TOKEN_FILE", ""),
        ("SECRET_KEY_FILE", ""),
        ("NEW_ACCOUNT_ROLE", "manager"),
        ("NEW_ACCOUNT_ROLE", "admin"),
        ("DEBUG", True),
    ],
)
def test_production_refuses_what_belongs_to_a_demo(tmp_path, production, name, demo):
    found = problems(tmp_path, **{**production, name: demo})

    assert any(name in problem for problem in found)


def test_production_refuses_the_demo_client_at_the_token_endpoint(tmp_path, production):
    endpoint = {"PANDA_TOKEN_FILE": "", "PANDA_TOKEN_URL": "https://iam.example.org/token"}

    assert any("PANDA_CLIENT_ID" in problem for problem in problems(tmp_path, **{**production, **endpoint}))


def test_production_refuses_the_debugger(tmp_path, production, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")

    assert any("FLASK_DEBUG" in problem for problem in problems(tmp_path, **production))


def test_a_demo_makes_its_secret_once_and_for_itself_alone(tmp_path):
    first, second = read(tmp_path)["SECRET_KEY"], read(tmp_path)["SECRET_KEY"]

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_two_demos_have_different_secrets(tmp_path):
    instances = [tmp_path / "one", tmp_path / "two"]
    for instance in instances:
        instance.mkdir()

    assert read(instances[0])["SECRET_KEY"] != read(instances[1])["SECRET_KEY"]


@pytest.mark.parametrize("secret", [None, "", "short"])
def test_production_needs_a_real_secret_and_makes_none(tmp_path, production, secret):
    path = tmp_path / "other"
    if secret is not None:
        path.write_text(secret)

    found = problems(tmp_path, **{**production, "SECRET_KEY_FILE": str(path)})

    assert any(problem.startswith("SECRET_KEY_FILE") for problem in found)
    assert path.exists() == (secret is not None)


def test_a_naming_convention_or_recipe_that_cannot_work_is_told(tmp_path):
    found = problems(tmp_path, RECIPES={"EVGEN": {}}, NAMING_CONVENTIONS=[])

    assert any("EVGEN" in problem for problem in found)
    assert any("NAMING_CONVENTIONS" in problem for problem in found)
