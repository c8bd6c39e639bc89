"""What the people of the demo write on their tasks: campaigns, tags, comments."""

from datetime import datetime, timedelta

from flask import current_app

from app.domain.labels import LabelRules, Labels
from app.models import Task, User
from app.services.comments import CommentRules, add_comment
from app.services.labels import change_labels, labels_of

# A year's first half and its second.
SEASONS = ("spring", "autumn")
TAGS = {
    "minbias": ("background",),
    "jpsi-mumu": ("charmonia", "physics-week"),
    "chic-jpsi-gamma": ("charmonia",),
    "open-charm": ("charm", "validation"),
    "lambdac-pKpi": ("charm",),
    "prompt-photons": ("photons", "physics-week"),
}
COMMENTS = {
    "broken": "The path of the transformation is wrong in the recipe; asked the admins to mend it.",
    "exhausted": "The scouts die in the magnetic field map. Kill it when the new container is there.",
    "failed": "Container image was not on CVMFS yet. To be done anew with the next version.",
    "finished": "The missing jobs are all from one site; good enough for the detector study.",
    "paused": "Paused until the disk at the site is cleaned up.",
    "held": "Nothing with this name at PanDA so far.",
}


def label(task: Task, user: User, process: str, at: datetime) -> Task:
    """Give a new task the campaign of its season and the tags of its process."""
    labels = Labels(TAGS.get(process, ()), f"{at.year}-{SEASONS[at.month > 6]}")
    rules = LabelRules.from_settings(current_app.config)
    return change_labels(task.id, user, labels_of(task), labels, rules, at)


def remark(task_id: int, user: User, state: str, at: datetime) -> None:
    """Have somebody say what is known of a task in such a state."""
    if state in COMMENTS:
        rules = CommentRules.from_settings(current_app.config)
        add_comment(task_id, user, COMMENTS[state], rules, at + timedelta(hours=3))
