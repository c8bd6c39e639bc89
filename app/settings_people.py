"""Check the settings about people: their roles, the identity provider, mail."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.domain.account import EMAIL
from app.domain.permission import Role
from app.settings_addresses import is_loopback_host, secrecy_problem, shape_problem

ROLES = [role.value for role in Role]
LANGUAGES = {"en", "ru"}
# Signatures with a public key: a provider's secret would sign as well as it does.
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
SECURITIES = ("starttls", "tls", "none")
SENDER = re.compile(r"([^<>\r\n]+ )?<?[\w.+-]+@[A-Za-z0-9.-]+>?", re.ASCII)


def people_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, a line for each."""
    return [*_role_problems(config), *_iam_problems(config), *_mail_problems(config)]


def people_problems_in_production(config: Mapping[str, Any]) -> list[str]:
    """Return what is fit for a demo only."""
    problems = []
    if config["NEW_ACCOUNT_ROLE"] not in {"viewer", "physicist"}:
        problems.append("NEW_ACCOUNT_ROLE: only viewer or physicist in production")
    if not config["MAIL_SERVER"]:
        problems.append("MAIL_SERVER: name the mail server in production; without mail nobody can register")
    if config["MAIL_FROM"].rstrip(">").endswith("@localhost"):
        problems.append("MAIL_FROM: the demo value is refused in production")
    return problems


def _role_problems(config: Mapping[str, Any]) -> list[str]:
    known = f"is none of {', '.join(ROLES)}"
    problems = []
    if config["NEW_ACCOUNT_ROLE"] not in ROLES:
        problems.append(f"NEW_ACCOUNT_ROLE: {config['NEW_ACCOUNT_ROLE']!r} {known}")
    for name, roles in (
        ("SECOND_FACTOR_FOR", config["SECOND_FACTOR_FOR"]),
        ("IAM_GROUP_ROLES", config["IAM_GROUP_ROLES"].values()),
    ):
        problems += [f"{name}: {role!r} {known}" for role in roles if role not in ROLES]
    if set(config["WHO_GIVES_ROLES"]) != LANGUAGES:
        problems.append('WHO_GIVES_ROLES: write {"en": …, "ru": …}')
    if not all(isinstance(word, str) and word for word in config["PASSWORD_CONTEXT_WORDS"]):
        problems.append("PASSWORD_CONTEXT_WORDS: a list of words")
    return problems


def _iam_problems(config: Mapping[str, Any]) -> list[str]:
    issuer = config["IAM_ISSUER"]
    if not issuer:
        return []
    problems = []
    problem = shape_problem(issuer, "https://host of the issuer") or secrecy_problem(issuer)
    if problem:
        problems.append(f"IAM_ISSUER: {problem}")
    if not config["IAM_CLIENT_ID"]:
        problems.append("IAM_CLIENT_ID: name our client at IAM_ISSUER")
    secret = config["IAM_CLIENT_SECRET_FILE"]
    if not _can_be_read(secret):
        problems.append(f"IAM_CLIENT_SECRET_FILE: {secret} cannot be read or is empty")
    if "openid" not in config["IAM_SCOPES"].split():
        problems.append("IAM_SCOPES: openid must be among them")
    if not config["IAM_ALGORITHMS"] or set(config["IAM_ALGORITHMS"]) - ALGORITHMS:
        problems.append(f"IAM_ALGORITHMS: choose from {', '.join(sorted(ALGORITHMS))}")
    return problems


def _mail_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    if config["MAIL_SECURITY"] not in SECURITIES:
        problems.append(f"MAIL_SECURITY: {config['MAIL_SECURITY']!r} is none of {', '.join(SECURITIES)}")
    elif config["MAIL_SECURITY"] == "none" and not is_loopback_host(config["MAIL_SERVER"] or "localhost"):
        problems.append("MAIL_SECURITY: none is for loopback addresses only, links would travel in the clear")
    if not SENDER.fullmatch(config["MAIL_FROM"]):
        problems.append("MAIL_FROM: write Name <address@host>")
    if not all(isinstance(to, str) and re.fullmatch(EMAIL, to, re.ASCII) for to in config["ALARM_MAIL_TO"]):
        problems.append("ALARM_MAIL_TO: a list of e-mail addresses")
    if config["MAIL_USERNAME"] and not _can_be_read(config["MAIL_PASSWORD_FILE"]):
        problems.append(f"MAIL_PASSWORD_FILE: {config['MAIL_PASSWORD_FILE']} cannot be read or is empty")
    return problems


def _can_be_read(path: str) -> bool:
    try:
        return bool(Path(path).read_text().strip())
    except (OSError, ValueError):
        return False
