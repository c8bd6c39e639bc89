"""By what way a change came."""

from enum import StrEnum


class Way(StrEnum):
    """Through what a person had a task changed."""

    WEB = "web"
    API = "api"
    SCHEDULE = "schedule"
