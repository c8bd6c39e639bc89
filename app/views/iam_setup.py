"""The identity provider of the settings, and what else they say about those who come by it."""

from typing import cast

from flask import current_app

from app.domain.permission import Role
from app.iam.provider import IamSettings, Provider
from app.services.identities import RoleRules


def find_provider() -> Provider | None:
    """Return the provider, one for the whole process, for it remembers; None where the settings name none."""
    config = current_app.config
    if not config["IAM_ISSUER"]:
        return None
    if "iam" not in current_app.extensions:
        settings = IamSettings(
            issuer=config["IAM_ISSUER"],
            client_id=config["IAM_CLIENT_ID"],
            client_secret_file=config["IAM_CLIENT_SECRET_FILE"],
            redirect_uri=f"{config['PUBLIC_URL']}/iam/callback",
            scopes=config["IAM_SCOPES"],
            algorithms=tuple(config["IAM_ALGORITHMS"]),
            ca_bundle=config["IAM_CA_BUNDLE"],
            seconds=config["IAM_SECONDS"],
        )
        current_app.extensions.setdefault("iam", Provider(settings))
    return cast(Provider, current_app.extensions["iam"])


def role_rules() -> RoleRules:
    """Return which group gives which role."""
    config = current_app.config
    return RoleRules(config["IAM_GROUP_ROLES"], Role(config["NEW_ACCOUNT_ROLE"]))
