"""Settings about people: roles, the identity provider, mail. Wrong ones are told when the service starts."""

import pytest

from app.settings import check
from tests.test_settings import problems, production, read  # noqa: F401  a fixture

IAM = {"IAM_ISSUER": "https://iam.example.org/", "IAM_CLIENT_ID": "spd"}


def told(found):
    return {problem.partition(":")[0] for problem in found}


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "iam_secret"
    path.write_text("a secret\n")
    return {"IAM_CLIENT_SECRET_FILE": str(path)}


def test_an_identity_provider_that_is_told_whole_is_accepted(tmp_path, secret_file):
    check(read(tmp_path, **IAM, **secret_file))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IAM_ISSUER", "http://iam.example.org"),
        ("IAM_ISSUER", "iam.example.org"),
        ("IAM_ISSUER", "https://user@iam.example.org"),
        ("IAM_CLIENT_ID", ""),
        ("IAM_CLIENT_SECRET_FILE", "/nowhere/secret"),
        ("IAM_SCOPES", "profile email"),
        ("IAM_ALGORITHMS", []),
        ("IAM_ALGORITHMS", ["none"]),
        ("IAM_ALGORITHMS", ["RS256", "HS256"]),
        ("IAM_CA_BUNDLE", "/nowhere/certificates.pem"),
        ("IAM_SECONDS", 0),
        ("IAM_GROUP_ROLES", {"spd": "boss"}),
    ],
)
def test_one_that_cannot_work_is_refused(tmp_path, secret_file, name, value):
    found = problems(tmp_path, **{**IAM, **secret_file, name: value})

    assert told(found) <= {name, f"{name} must be more than 0"}
    assert found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_SECURITY", "ssl"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "A\r\nBcc: b@example.org <a@example.org>"),
        ("MAIL_PASSWORD_FILE", "/nowhere/password"),
        ("MAIL_CA_BUNDLE", "/nowhere/certificates.pem"),
        ("MAIL_PORT", 0),
        ("SECOND_FACTOR_FOR", ["boss"]),
        ("WHO_GIVES_ROLES", {"en": "somebody"}),
        ("PASSWORD_CONTEXT_WORDS", ["spd", ""]),
        ("SIGN_IN_TRIES", 0),
    ],
)
def test_mail_and_roles_that_cannot_work_are_refused(tmp_path, name, value):
    found = problems(tmp_path, **{"MAIL_USERNAME": "spd", "MAIL_PASSWORD_FILE": __file__, name: value})

    assert [problem for problem in found if problem.startswith(name)] == found != []


def test_links_travel_in_the_clear_to_this_machine_only(tmp_path):
    assert told(problems(tmp_path, MAIL_SERVER="mail.example.org", MAIL_SECURITY="none")) == {"MAIL_SECURITY"}
    check(read(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_SECURITY="none"))


@pytest.mark.parametrize(
    ("name", "demo"),
    [("MAIL_SERVER", ""), ("MAIL_FROM", "SPD <spd@localhost>"), ("NEW_ACCOUNT_ROLE", "admin")],
)
def test_production_refuses_what_is_for_a_demo(tmp_path, production, name, demo):  # noqa: F811
    assert told(problems(tmp_path, **{**production, name: demo})) == {name}
