"""Whether a task waits until a manager has approved it: settings APPROVAL_NEEDED and APPROVAL_FROM_JOBS."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ApprovalRules:
    """Which tasks need approval: none, or those of at least so many jobs."""

    is_on: bool = False
    from_jobs: int = 0

    @staticmethod
    def from_settings(config: Mapping[str, object]) -> "ApprovalRules":
        """Read the settings."""
        return ApprovalRules(bool(config["APPROVAL_NEEDED"]), int(str(config["APPROVAL_FROM_JOBS"])))

    def holds(self, jobs: int, *, is_approved: bool) -> bool:
        """Say whether a task of so many jobs is kept from being sent."""
        return self.is_on and jobs >= self.from_jobs and not is_approved


OFF = ApprovalRules()
