"""Comments on tasks: written, changed by who wrote them for some minutes, deleted; people named in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.comment import check_comment, clean, mentioned_in
from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.extensions import db, find_row, write_unit
from app.models import CommentMention, Task, TaskComment, User
from app.services.mails import MailKind, language_for, queue_mail
from app.services.problems import Invalid, NotAllowed, NotFound, Refusal
from app.services.tasks import get_task, is_visible
from app.services.throttle import may_try
from app.services.transitions import changed_one

AN_HOUR = timedelta(hours=1)
# The same words again within it are a second click.
ONE_WISH = timedelta(minutes=1)


class TooLate(Refusal):
    """The comment can be changed no more: its time is over, or it was deleted."""


@dataclass(frozen=True)
class CommentRules:
    """edit_for: how long a comment can be changed; per_hour: how many one person can write."""

    edit_for: timedelta
    per_hour: int

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> "CommentRules":
        """Read the rules from the settings."""
        minutes = timedelta(minutes=config["COMMENT_EDIT_MINUTES"])
        return cls(minutes, config["COMMENTS_PER_PERSON_AND_HOUR"])


def add_comment(task_id: int, user: User, text: str, rules: CommentRules, now: datetime) -> TaskComment:
    """Write a comment on a task that the person sees; who is named in it gets a mail. Commits.

    Raise NotFound, NotAllowed, or Invalid with all problems.
    """
    get_task(task_id, user)
    _refuse_unless(may(Role(user.role), Right.COMMENT), Right.COMMENT)
    text = _checked(text)
    if not may_try(f"comments:user:{user.id}", rules.per_hour, AN_HOUR, now):
        raise Invalid([Problem("comment", "too_many_comments", {"maximum": rules.per_hour})])
    with write_unit() as session:
        task = get_task(task_id, user)
        if (written := _just_written(session, task, user, text, now)) is not None:
            return written
        comment = TaskComment(task_id=task.id, at=now, user_id=user.id, text=text)
        session.add(comment)
        session.flush()
        _tell_who_is_named(session, comment, task, user, now)
    return comment


def change_comment(comment_id: int, user: User, text: str, rules: CommentRules, now: datetime) -> TaskComment:
    """Change one's own comment; who is named in it for the first time gets a mail. Commits.

    Raise NotFound, NotAllowed, TooLate, or Invalid with all problems.
    """
    with write_unit() as session:
        comment, task = comment_to_change(comment_id, user, rules, now)
        text = _checked(text)
        is_there = TaskComment.id == comment.id, TaskComment.deleted_at.is_(None)
        if not changed_one(session, update(TaskComment).where(*is_there).values(text=text, edited_at=now)):
            raise TooLate
        session.refresh(comment)
        _tell_who_is_named(session, comment, task, user, now)
    return comment


def delete_comment(comment_id: int, user: User, now: datetime) -> TaskComment:
    """Take the words of a comment away for good; that there was one stays visible. Commits.

    Raise NotFound or NotAllowed. Deleting twice is deleting once.
    """
    with write_unit() as session:
        comment, _task = find_comment(comment_id, user)
        is_own = comment.user_id == user.id
        _refuse_unless(may(Role(user.role), Right.DELETE_COMMENT, is_owner=is_own), Right.DELETE_COMMENT)
        is_there = TaskComment.id == comment.id, TaskComment.deleted_at.is_(None)
        gone = {"text": "", "deleted_at": now, "deleted_by_id": user.id}
        changed_one(session, update(TaskComment).where(*is_there).values(gone))
        session.refresh(comment)
    return comment


def comment_to_change(
    comment_id: int, user: User, rules: CommentRules, now: datetime
) -> tuple[TaskComment, Task]:
    """Return a comment that the person may change now, and its task.

    Raise NotFound, NotAllowed or TooLate.
    """
    comment, task = find_comment(comment_id, user)
    is_own = comment.user_id == user.id
    _refuse_unless(may(Role(user.role), Right.CHANGE_COMMENT, is_owner=is_own), Right.CHANGE_COMMENT)
    if not can_be_changed(comment, rules, now):
        raise TooLate
    return comment, task


def can_be_changed(comment: TaskComment, rules: CommentRules, now: datetime) -> bool:
    """Say whether there is still time to change a comment."""
    return comment.deleted_at is None and now - comment.at < rules.edit_for


def people_named(names: Iterable[str]) -> dict[str, User]:
    """Map usernames to the active people who have them; nobody else is in it."""
    is_active = User.is_disabled.is_(False), User.email_confirmed_at.is_not(None)
    found = db.session.scalars(select(User).where(User.username.in_(sorted(set(names))), *is_active))
    return {user.username: user for user in found}


def find_comment(comment_id: int, user: User) -> tuple[TaskComment, Task]:
    """Return a comment that the person may see, and its task. Raise NotFound for any other id."""
    comment = find_row(TaskComment, comment_id)
    if comment is None:
        raise NotFound
    return comment, get_task(comment.task_id, user)


def _just_written(session: Session, task: Task, user: User, text: str, now: datetime) -> TaskComment | None:
    """Return the same comment of this person if it is a moment old: two clicks are one wish."""
    # Two clicks of one person come one after the other.
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    same = TaskComment.task_id == task.id, TaskComment.user_id == user.id, TaskComment.text == text
    return session.scalar(select(TaskComment).where(*same, TaskComment.at > now - ONE_WISH).limit(1))


def _refuse_unless(is_allowed: bool, right: Right) -> None:
    if not is_allowed:
        raise NotAllowed(right)


def _checked(text: str) -> str:
    text = clean(text)
    if problems := check_comment(text):
        raise Invalid(problems)
    return text


def _tell_who_is_named(
    session: Session, comment: TaskComment, task: Task, author: User, now: datetime
) -> None:
    """Queue a mail to each who is named and was not told of this comment yet; nobody tells themselves."""
    known = select(CommentMention.user_id).where(CommentMention.comment_id == comment.id)
    told = {author.id, *session.scalars(known)}
    for person in people_named(mentioned_in(comment.text)).values():
        if person.id in told or not is_visible(person, task):
            continue
        session.add(CommentMention(comment_id=comment.id, user_id=person.id))
        if person.mail_mentions and person.email:
            facts = {"task_id": str(task.id), "comment_id": str(comment.id), "author": author.username}
            address, language = person.email, language_for(person)
            queue_mail(session, MailKind.MENTION, address, language, now, user=person, **facts)
