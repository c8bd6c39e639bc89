"""How people come in, and what is written down about it."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

LONGEST_BROWSER = 200
LONGEST_ADDRESS = 45


class Method(StrEnum):
    """How a person proved who they are."""

    PASSWORD = "password"  # noqa: S105  a word, not a password
    IAM = "iam"


@dataclass(frozen=True)
class Visitor:
    """Where a request came from: the address of the network and how the browser calls itself."""

    address: str = ""
    browser: str = ""

    @property
    def network(self) -> str:
        """Return what limits of an address count: of IPv6 the /64, all of which one machine may have."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if address.version == 4:
            return str(address)
        inner = address.ipv4_mapped
        return str(inner or ipaddress.ip_network((int(address) >> 64 << 64, 64)))


class Event(StrEnum):
    """What can happen to an account; account_words.event_word says it in words."""

    REGISTERED = "registered"
    EMAIL_CONFIRMED = "email_confirmed"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    # A wrong password, code or unknown name; or too many tries, read no more.
    REFUSED = "refused"
    THROTTLED = "throttled"
    # A wrong code while the second factor is set up: nobody was signing in.
    SETUP_REFUSED = "setup_refused"
    # Something that no honest browser sends: a forged or replayed answer of the identity provider.
    ATTACK_REFUSED = "attack_refused"
    # 403, or a form without its token.
    NOT_ALLOWED = "not_allowed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a word, not a password
    RESET_ASKED = "reset_asked"
    EMAIL_CHANGED = "email_changed"
    PROFILE_CHANGED = "profile_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    SESSIONS_ENDED = "sessions_ended"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_REMOVED = "identity_removed"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    ACCOUNT_MADE = "account_made"
