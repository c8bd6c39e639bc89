"""How many events a job gets, how many jobs PanDA makes of it, and whether that is reasonable."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.naming_form import INTEGER, quoted
from app.domain.problem import Level, Problem
from app.domain.recipe import Recipe

# Longer is no count but a slip: the limits of config.py are far below.
_LONGEST_COUNT = 100

_SECONDS_IN_AN_HOUR = 3600

_GAPS = re.compile(r"[\s_']")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:[.][0-9]{3}){2,})")
_POWER = re.compile(r"([0-9]{1,12}(?:[.][0-9]{1,9})?)(?:[eE][+]?([0-9]{1,2})|([kM]))")
_EXPONENTS = {"k": 3, "M": 6}
# 1 000 000 with blanks of any kind, or 1_000_000: groups of three leave no doubt of what is meant.
_GROUPED = re.compile(r"[0-9]{1,3}(?:[\s_][0-9]{3})+")


@dataclass(frozen=True)
class SizeLimits:
    """Limits of a task's size, from config.py: above the first two an error, the others ask."""

    max_events: int
    max_jobs: int
    warn_jobs_above: int
    warn_events_per_job_up_to: int
    # Of a recipe: up to so many events a job are few where there are several jobs; what an event takes, and
    # what a job may take, seconds (0: nothing is known).
    few_events_per_job: int = 0
    seconds_per_event: Decimal = Decimal(0)
    job_seconds: Decimal = Decimal(0)

    @staticmethod
    def from_settings(config: Mapping[str, object]) -> "SizeLimits":
        """Return MAX_EVENTS, MAX_JOBS, WARN_JOBS_ABOVE and WARN_EVENTS_PER_JOB_UP_TO."""
        names = ("max_events", "max_jobs", "warn_jobs_above", "warn_events_per_job_up_to")
        events, jobs, many, few = (int(str(config[name.upper()])) for name in names)
        return SizeLimits(events, jobs, many, few)

    def of_recipe(self, recipe: Recipe) -> "SizeLimits":
        """Return the limits of tasks of one data type: these, and what its recipe says."""
        return replace(
            self,
            max_events=min(self.max_events, recipe.max_events or self.max_events),
            max_jobs=min(self.max_jobs, recipe.max_jobs or self.max_jobs),
            few_events_per_job=recipe.few_events_per_job,
            seconds_per_event=recipe.cpu_seconds_per_event,
            job_seconds=recipe.job_hours * _SECONDS_IN_AN_HOUR,
        )


def events_per_job(events: int, jobs: int) -> int:
    """Return ceil(events / jobs): what is sent as nEventsPerJob. Raise ValueError unless both are above 0."""
    if events < 1 or jobs < 1:
        message = f"{events} events in {jobs} jobs"
        raise ValueError(message)
    return -(-events // jobs)


def panda_jobs(events: int, events_per_job: int) -> int:
    """Return ceil(events / events_per_job): the jobs PanDA makes, at most as many as were asked for."""
    return -(-events // events_per_job)


def ungrouped(text: str) -> str:
    """Return a number without the gaps between its groups of three digits; any other text as it is."""
    return re.sub(r"[\s_]", "", text) if _GROUPED.fullmatch(text) else text


def read_count(field: str, text: str) -> int | Problem:
    """Return the number a person typed for "events" or "jobs", or what is wrong with it."""
    text = text.strip()
    if not text:
        return Problem(field, "missing")
    if INTEGER.fullmatch(text) and len(text) <= _LONGEST_COUNT:
        return int(text)
    return Problem(field, "not_an_integer", {"value": quoted(text)}, mend=_mend_count(text))


def check_size(events: int, jobs: int, limits: SizeLimits) -> list[Problem]:
    """Return what is wrong or odd with total events and total jobs; warnings only where nothing is wrong."""
    errors = [
        *_count_problems("events", events, limits.max_events),
        *_count_problems("jobs", jobs, limits.max_jobs),
    ]
    if not errors and jobs > events:
        values = {"events": events, "jobs": jobs}
        errors.append(Problem("jobs", "more_jobs_than_events", values, mend=str(events)))
    return errors or _warnings(events, jobs, limits)


def _count_problems(field: str, count: int, maximum: int) -> list[Problem]:
    if count < 1:
        return [Problem(field, "too_small", {"minimum": "1"})]
    if count > maximum:
        return [Problem(field, "too_large", {"maximum": str(maximum)})]
    return []


def _warnings(events: int, jobs: int, limits: SizeLimits) -> list[Problem]:
    each = events_per_job(events, jobs)
    made = panda_jobs(events, each)
    found = []
    if made > limits.warn_jobs_above:
        found.append(Problem("jobs", "many_jobs", {"jobs": made, "limit": limits.warn_jobs_above}))
    few = max(limits.warn_events_per_job_up_to, limits.few_events_per_job if made > 1 else 0)
    if each <= few:
        found.append(Problem("jobs", "few_events_per_job", {"events_per_job": each, "limit": few}))
    found += _long_jobs(events, each, limits)
    return [replace(problem, level=Level.WARNING) for problem in found]


def _long_jobs(events: int, each: int, limits: SizeLimits) -> list[Problem]:
    """Ask about jobs that would not end in time; the correction is the number of jobs that would."""
    seconds = each * limits.seconds_per_event
    if not limits.job_seconds or seconds <= limits.job_seconds:
        return []
    fitting = panda_jobs(events, max(1, int(limits.job_seconds / limits.seconds_per_event)))
    hours, limit = (f"{time / _SECONDS_IN_AN_HOUR:.3g}" for time in (seconds, limits.job_seconds))
    values = {"hours": _plainly(hours), "limit": _plainly(limit), "jobs": fitting}
    return [Problem("jobs", "long_jobs", values, mend=str(fitting) if fitting <= limits.max_jobs else None)]


def _plainly(number: str) -> str:
    """1e+03 → 1000."""
    return f"{Decimal(number):f}"


def _mend_count(text: str) -> str | None:
    """1 000 000 → 1000000; 1,000,000 too; 1e6, 1.5M, 200k as meant. None where nothing is sure."""
    if len(text) > _LONGEST_COUNT:
        return None
    text = _GAPS.sub("", unicodedata.normalize("NFKC", text))
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace(".", "")
    if power := _POWER.fullmatch(text):
        number, exponent, letter = power.groups()
        count = Decimal(number).scaleb(int(exponent) if exponent else _EXPONENTS[letter])
        text = f"{count:f}".partition(".")[0] if count == count.to_integral_value() else text
    return text if INTEGER.fullmatch(text) else None
