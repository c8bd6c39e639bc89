"""PanDA's `system` group: is it there, and who am I."""

from app.panda.simulator.methods import Call, method
from app.panda.simulator.protocol import Answer


@method("system/is_alive", "GET", identity=False)
def is_alive(call: Call) -> Answer:
    """Say yes; the real one does not look at its database either."""
    return Answer(True)


@method("system/get_user_attributes", "GET")
def get_user_attributes(call: Call) -> Answer:
    """Tell how PanDA understands the caller's token."""
    who = call.identity
    lines = {
        "User DN (raw)": who.distinguished_name,
        "User DN (bare)": who.distinguished_name,
        "User DN (clean)": who.user_name,
        "Email address": None,
        "FQANs": list(who.fqans),
        "Production user": who.is_producer,
        "Production working groups": [],
        "Primary production working group": None,
    }
    data = {
        "user_dn_raw": who.distinguished_name,
        "user_dn_clean": who.user_name,
        "fqans": list(who.fqans),
        "is_production_user": who.is_producer,
        "production_working_groups": [],
        "primary_working_group": None,
    }
    return Answer(True, "".join(f"{name}: {value}\n" for name, value in lines.items()), data)
