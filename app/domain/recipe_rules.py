"""What an item of a recipe must be for PanDA to understand it (panda-protocol.md 2.3 and 2.4)."""

import re
from collections.abc import Collection, Iterator, Mapping

PLACEHOLDER = re.compile(r"%\((\w+)\)s")

# What PanDA puts in by itself. Slices and arithmetic (${IN[…]}, /M[…]) are evaluated as Python on PanDA's
# host, so they are not let through even from a recipe.
_PANDA_PLACEHOLDER = re.compile(
    r"\$\{(SN(/P)?|IN\d*(/[A-Z])*|SEQNUMBER|RNDMSEED|FIRSTEVENT|SKIPEVENTS|MAXEVENTS|SURL)\}|\$JEDITASKID"
)
_NUMBERS = re.compile(r"\$\{(RNDMSEED|FIRSTEVENT|SKIPEVENTS|MAXEVENTS)\}")

PARAM_TYPES = ("input", "pseudo_input", "output", "log", "number")
ITEM_KEYS = frozenset({
    "type", "value", "param_type", "dataset", "container", "token", "destination", "offset",
    "attributes", "ratio", "eventRatio", "nFilesPerJob", "num_records", "expand", "consolidate",
    "include", "exclude", "files", "check", "usedup", "random", "reusable", "indexConsistent",
    "mergeOnly", "pseudo", "transient", "allowNoOutput", "padding", "hidden", "es_only",
})  # fmt: skip

# PanDA looks only whether these keys are there: even False switches them on.
PRESENCE_COUNTS = frozenset({
    "skipScout", "respectLB", "releasePerLB", "orderByLB", "respectSplitRule", "reuseSecOnDemand",
    "disableReassign", "allowPartialFinish", "useExhausted", "useRealNumEvents", "runUntilClosed",
    "stayOutputOnSite", "switchEStoNormal", "multiStepExec", "onlyTagsForFC", "avoidVP", "cloudAsVO",
    "intermediateTask", "allowEmptyInput", "loadXML", "pfnList", "noThrottle",
})  # fmt: skip

# Ours to say, or never to be said (reqID makes PanDA's bulk query lose tasks).
EXTRA_FORBIDDEN = frozenset({
    "taskName", "userName", "vo", "prodSourceLabel", "taskType", "taskPriority", "uniqueTaskName",
    "workingGroup", "cloud", "site", "architecture", "transUses", "transHome", "transPath",
    "container_name", "processingType", "ticketID", "spdKey", "spdCreator", "nEvents", "nEventsPerJob",
    "noInput", "coreCount", "ramCount", "ramUnit", "maxAttempt", "jobParameters", "log", "reqID",
    "parentTaskName", "noWaitParent",
})  # fmt: skip


def item_problems(item: Mapping[str, object], known: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with one item of job_parameters, or with the log, in plain English."""
    if unknown := set(item) - ITEM_KEYS:
        yield f"PanDA knows no {', '.join(sorted(unknown))}"
    if not isinstance(item.get("value"), str):
        yield "value must be a text"
    yield from _type_problems(item)
    for text in (text for text in item.values() if isinstance(text, str)):
        yield from template_problems(text, known)
    if item.get("param_type") in {"output", "log"}:
        yield from _file_problems(item)


def _type_problems(item: Mapping[str, object]) -> Iterator[str]:
    kind, param_type = item.get("type"), item.get("param_type")
    if kind not in {"constant", "template"}:
        yield 'type must be "constant" or "template"'
    if kind == "template" and param_type not in PARAM_TYPES:
        yield f"param_type must be one of {', '.join(PARAM_TYPES)}"
    if kind == "constant" and param_type is not None:
        yield "a constant has no param_type"
    if _NUMBERS.search(str(item.get("value"))) and param_type != "number":
        yield 'PanDA fills in seeds and events only in items of param_type "number"'
    if param_type in {"input", "output", "log"} and not item.get("dataset"):
        yield "dataset is missing"


def template_problems(text: str, known: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the %(field)s and the ${…} of a text, in plain English."""
    if unknown := set(PLACEHOLDER.findall(text)) - set(known):
        yield f"there is no field {', '.join(sorted(unknown))}"
    if "%" in PLACEHOLDER.sub("", text):
        yield f"% stands only in %(field)s: {text!r}"
    if "$" in _PANDA_PLACEHOLDER.sub("", text):
        yield f"PanDA has no such placeholder: {text!r}"


def _file_problems(item: Mapping[str, object]) -> Iterator[str]:
    """PanDA takes for the file name all that follows the last "=" of the value."""
    file_name = str(item.get("value")).rpartition("=")[2]
    if "${SN}" not in file_name or "%(name)s" not in file_name:
        yield "the file name (what follows the last =) must hold %(name)s and ${SN}"
    if re.search(r"[\s'\"]", file_name):
        yield "the file name (what follows the last =) cannot hold blanks or quotes"
    if "%(name)s" not in str(item.get("dataset")):
        yield "dataset must hold %(name)s: two tasks writing into one would mix their files"
