"""Comments: who may write, change and delete them, and who is told that they are named."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.permission import Right
from app.extensions import db
from app.models import CommentMention, Mail, Task, TaskComment, User
from app.services.comments import CommentRules, TooLate, add_comment, change_comment, delete_comment
from app.services.problems import Invalid, NotAllowed, NotFound

RULES = CommentRules(edit_for=timedelta(minutes=15), per_hour=60)


@pytest.fixture
def people(app, make_user):
    """people("name") → the person of this name in this session; made before anything is read."""
    roles = {"author": "physicist", "other": "physicist", "viewer": "viewer", "manager": "manager"}
    ids = {name: make_user(role, f"the-{name}").id for name, role in roles.items()}
    return lambda name: db.session.get_one(User, ids[name], populate_existing=True)


@pytest.fixture
def task(people, make_task, app_context):
    made = make_task("queued", creator=people("author"))
    db.session.rollback()
    return db.session.get_one(Task, made.id)


@pytest.fixture
def write(task, people, now):
    """write(text, who="author") → the comment."""
    return lambda text, who="author": add_comment(task.id, people(who), text, RULES, now)


def mails():
    """Return (address, facts) of each mail about a mention."""
    found = db.session.scalars(select(Mail).where(Mail.kind == "mention").order_by(Mail.id))
    return [(mail.address, json.loads(mail.facts)) for mail in found]


def addresses():
    return [address for address, _facts in mails()]


def test_a_comment_is_stored_as_it_was_meant(write, task, people, now):
    comment = write("  first line \r\n\x00second\u202e  ", "other")

    assert (comment.task_id, comment.user_id, comment.at) == (task.id, people("other").id, now)
    assert comment.text == "first line\nsecond"
    assert (comment.edited_at, comment.deleted_at) == (None, None)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, " ".join(f"@somebody{n}" for n in range(11))])
def test_what_is_no_comment_is_refused(write, text):
    with pytest.raises(Invalid):
        write(text)

    assert db.session.scalar(select(func.count()).select_from(TaskComment)) == 0


def test_a_viewer_reads_only(write):
    with pytest.raises(NotAllowed) as refusal:
        write("hello", "viewer")

    assert refusal.value.right is Right.COMMENT


def test_a_draft_of_somebody_else_is_not_there(make_task, people, app_context, now):
    draft = make_task("draft", creator=people("author"))
    db.session.rollback()

    with pytest.raises(NotFound):
        add_comment(draft.id, people("other"), "hello", RULES, now)
    comment = add_comment(draft.id, people("author"), "hello", RULES, now)
    for change in (
        lambda: change_comment(comment.id, people("other"), "x", RULES, now),
        lambda: delete_comment(comment.id, people("other"), now),
    ):
        with pytest.raises(NotFound):
            change()


def test_an_hour_takes_so_many(task, people, now):
    few = CommentRules(RULES.edit_for, per_hour=2)
    for number in (1, 2):
        add_comment(task.id, people("author"), str(number), few, now)

    with pytest.raises(Invalid) as refusal:
        add_comment(task.id, people("author"), "3", few, now)

    assert [problem.code for problem in refusal.value.problems] == ["too_many_comments"]
    add_comment(task.id, people("other"), "3", few, now)
    add_comment(task.id, people("author"), "3", few, now + timedelta(minutes=61))


def test_two_clicks_are_one_comment(at_once, app, task, people, now):
    author_id, task_id = people("author").id, task.id
    db.session.rollback()

    def click():
        author = db.session.get_one(User, author_id)
        return add_comment(task_id, author, "@the-other look", RULES, now).id

    written = at_once(*[click] * 5)

    assert len(set(written)) == 1, written
    assert addresses() == ["the-other@example.org"]


def test_the_author_changes_it_for_some_minutes(write, people, now):
    comment, last = write("first"), now + timedelta(minutes=14, seconds=59)

    change_comment(comment.id, people("author"), "second ", RULES, last)

    assert (comment.text, comment.edited_at) == ("second", last)
    with pytest.raises(TooLate):
        change_comment(comment.id, people("author"), "third", RULES, now + timedelta(minutes=15))
    assert comment.text == "second"


@pytest.mark.parametrize("who", ["other", "manager", "viewer"])
def test_nobody_else_changes_it(write, people, now, who):
    comment = write("first")

    with pytest.raises(NotAllowed):
        change_comment(comment.id, people(who), "second", RULES, now)

    assert comment.text == "first"


@pytest.mark.parametrize("who", ["author", "manager"])
def test_a_deleted_one_stays_without_its_words(write, people, now, who):
    comment, later = write("a secret"), now + timedelta(days=9)

    delete_comment(comment.id, people(who), later)
    delete_comment(comment.id, people(who), later + timedelta(days=1))

    assert (comment.text, comment.deleted_at, comment.deleted_by_id) == ("", later, people(who).id)
    with pytest.raises(TooLate):
        change_comment(comment.id, people("author"), "again", RULES, now)


@pytest.mark.parametrize("who", ["other", "viewer"])
def test_nobody_else_deletes_it(write, people, now, who):
    comment = write("first")

    with pytest.raises(NotAllowed):
        delete_comment(comment.id, people(who), now)

    assert comment.deleted_at is None


def test_who_is_named_gets_one_mail_with_no_word_of_the_comment(write, task):
    comment = write("@the-other, @THE-OTHER: see @the-other. A secret.")

    facts = {"task_id": str(task.id), "comment_id": str(comment.id), "author": "the-author"}
    assert mails() == [("the-other@example.org", facts)]


@pytest.mark.parametrize(
    "text", ["@the-author", "@nobody-here", "the-other", "me@the-other", "http://example.org/@the-other"]
)
def test_nobody_is_told_who_is_not_named_by_somebody_else(write, text):
    write(text)

    assert mails() == []


@pytest.mark.parametrize(
    "values", [{"is_disabled": True}, {"email_confirmed_at": None}, {"mail_mentions": False}, {"email": ""}]
)
def test_who_is_not_active_or_wants_no_mail_gets_none(write, people, values):
    db.session.execute(update(User).where(User.id == people("other").id).values(**values))
    db.session.commit()

    write("@the-other")

    assert mails() == []


def test_who_does_not_see_the_task_is_not_told_of_it(make_task, people, app_context, now):
    draft = make_task("draft", creator=people("author"))
    db.session.rollback()

    add_comment(draft.id, people("author"), "@the-other @the-manager", RULES, now)

    assert addresses() == ["the-manager@example.org"]


def test_a_change_tells_only_who_is_named_for_the_first_time(write, people, now):
    comment = write("@the-other")

    change_comment(comment.id, people("author"), "@the-other @the-manager", RULES, now)
    change_comment(comment.id, people("author"), "@the-manager", RULES, now)

    assert addresses() == ["the-other@example.org", "the-manager@example.org"]
    assert db.session.scalar(select(func.count()).select_from(CommentMention)) == 2


def test_the_mail_is_in_the_language_of_who_gets_it(write, people):
    db.session.execute(update(User).where(User.id == people("other").id).values(language="ru"))
    db.session.commit()

    write("@the-other @the-manager")

    assert set(db.session.execute(select(Mail.address, Mail.language))) == {
        ("the-other@example.org", "ru"),
        ("the-manager@example.org", "en"),
    }
