"""Comments on the page of a task: written, changed, deleted; what is typed is text and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import TaskComment, User
from tests.views.naughty import STRINGS
from tests.views.reading import read


@pytest.fixture
def write(browser, task):
    """write(text, who=browser) → the answer to the form of a comment."""

    def send(text, who=None):
        return (who or browser).post(f"/tasks/{task.id}/comments", data={"comment": text})

    return send


@pytest.fixture
def only(ask):
    """only() → the one comment there is."""

    def find():
        [comment] = ask(select(TaskComment))
        return comment

    return find


def typed_in(answer):
    """Return what stands in the field of the form."""
    return "".join(read(answer).one("textarea", name="comment").parts)


def shown(browser, task, comment):
    return read(browser.get(f"/tasks/{task.id}")).one(id=f"comment-{comment.id}")


def words(browser, task, comment):
    """Return the text of a comment exactly, with its line ends."""
    block = read(browser.get(f"/tasks/{task.id}")).one(id=f"comment-text-{comment.id}")
    return "".join(block._texts())


def test_the_form_writes_a_comment_that_stands_in_the_history(browser, task, only):
    form = read(browser.get(f"/tasks/{task.id}")).one(id="comment-form")

    data = dict(form.sent()) | {"comment": "first\n  second"}
    answer = browser.post(form.attributes["action"], data=data)

    comment = only()
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}#comment-{comment.id}")
    assert words(browser, task, comment) == "first\n  second"
    entry = shown(browser, task, comment)
    assert "Test Physicist" in entry.text
    page = read(browser.get(f"/tasks/{task.id}"))
    assert next(page.one(id="history").all("li")).attributes["id"] == f"comment-{comment.id}"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("  ", "This must be filled in."),
        ("x" * 4001, "Too long: 4001 characters, at most 4"),
        (" ".join(f"@somebody{n}" for n in range(11)), "A comment can name at most 10 people."),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(write, ask, typed, said):
    answer = write(typed)

    form = read(answer).one(id="comment-form")
    assert answer.status_code == 422
    assert said in form.one(id="problems-comment").text
    assert typed_in(answer).strip() == typed.strip()
    assert form.one("textarea").attributes["aria-invalid"] == "true"
    assert ask(select(TaskComment)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_too_many_in_an_hour_are_refused_with_their_words_kept(app, write):
    app.config["COMMENTS_PER_PERSON_AND_HOUR"] = 1
    write("first")

    answer = write("second")

    assert answer.status_code == 422
    assert "At most 1 comments an hour." in answer.text
    assert typed_in(answer) == "second"


def test_any_text_is_shown_as_text(app, browser, task, write, ask):
    app.config["COMMENTS_PER_PERSON_AND_HOUR"] = 1000
    for text in STRINGS:
        assert write(text).status_code in {303, 422}

    page = read(browser.get(f"/tasks/{task.id}/history"))
    stored = {f"comment-text-{row.id}": row.text for row in ask(select(TaskComment))}
    blocks = [block for row in stored for block in page.all(id=row)]
    assert {block.attributes["id"]: "".join(block._texts()) for block in blocks}.items() <= stored.items()
    assert len(blocks) > 80
    assert {element.tag for block in blocks for element in block.all()} <= {"a"}
    assert "\x00" not in "".join(stored.values())
    assert "\u202e" not in "".join(stored.values())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_web_addresses_become_links_that_tell_nobody_where_from(browser, task, write, only):
    write("see https://example.org/a?b=1&c=2, javascript:alert(1) and <a href='http://x'>")

    links = list(shown(browser, task, only()).one(id=f"comment-text-{only().id}").all("a"))

    assert [link.attributes["href"] for link in links] == ["https://example.org/a?b=1&c=2", "http://x"]
    assert all("noopener" in link.attributes["rel"] for link in links)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_name_is_marked_if_somebody_has_it_and_leads_admins_to_the_person(
    browser, task, write, only, make_user, sign_in
):
    person = make_user("viewer", "the-viewer")
    write("@the-viewer and @nobody-here")

    for_all = shown(browser, task, only()).one(class_="mention")
    for_admins = shown(sign_in("admin"), task, only()).one(class_="mention")

    assert (for_all.tag, for_all.text) == ("span", "@the-viewer")
    assert (for_admins.tag, for_admins.attributes["href"]) == ("a", f"/people/{person.id}")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_is_named_is_told_where_in_their_language(write, task, make_user, mailbox, alter, only):
    make_user("viewer", "the-viewer")
    alter(update(User).where(User.username == "the-viewer").values(language="ru"))

    write("@the-viewer a secret")

    letter = mailbox.only()
    text = letter.get_body(("plain",)).get_content()
    assert letter["To"] == "the-viewer@example.org"
    assert letter["Subject"] == f"Вас упомянули в комментарии к задаче {task.id}"
    assert f"http://127.0.0.1:8080/tasks/{task.id}#comment-{only().id}" in text
    assert "a secret" not in letter.as_string()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_was_disabled_meanwhile_gets_no_mail(write, make_user, mailbox, alter):
    make_user("viewer", "the-viewer")
    write("@the-viewer")
    alter(update(User).where(User.username == "the-viewer").values(is_disabled=True))

    assert mailbox.new() == []


def test_the_author_changes_it_and_that_is_told(browser, task, write, only):
    write("first")
    [link] = [each for each in shown(browser, task, only()).all("a") if each.text == "Change the comment"]
    page = browser.get(link.attributes["href"])
    form = read(page).one(id="comment-form")
    assert typed_in(page) == "first"

    answer = browser.post(form.attributes["action"], data=dict(form.sent()) | {"comment": "second"})

    assert answer.location == f"/tasks/{task.id}#comment-{only().id}"
    assert only().text == "second"
    assert "changed" in shown(browser, task, only()).text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_words_that_are_wrong_change_nothing(browser, write, only):
    write("first")

    answer = browser.post(f"/comments/{only().id}/edit", data={"comment": " "})

    assert (answer.status_code, only().text) == (422, "first")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_after_a_quarter_of_an_hour_it_stays_as_it_is(browser, task, write, only, alter):
    write("first")
    alter(update(TaskComment).values(at=datetime.now(UTC) - timedelta(minutes=16)))

    answers = [
        browser.get(f"/comments/{only().id}/edit"),
        browser.post(f"/comments/{only().id}/edit", data={"comment": "second"}),
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert only().text == "first"
    page = browser.get(f"/tasks/{task.id}").text
    assert "A comment can be changed for 15 minutes only." in page
    assert "Change the comment" not in page
    assert "Delete the comment" in page


def test_a_deleted_one_leaves_a_trace_and_no_word(browser, task, write, only, sign_in):
    write("a secret")
    manager = sign_in("manager")
    [form] = [
        each
        for each in shown(manager, task, only()).all("form")
        if each.attributes["action"] == f"/comments/{only().id}/delete"
    ]

    answer = manager.post(form.attributes["action"], data=dict(form.sent()))

    assert answer.location == f"/tasks/{task.id}#comment-{only().id}"
    assert "This comment was deleted: Test Manager" in shown(browser, task, only()).text
    assert "a secret" not in browser.get(f"/tasks/{task.id}").text
    assert not shown(browser, task, only()).has("form")
    assert browser.get(f"/comments/{only().id}/edit").status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_may_not_is_shown_no_button(task, write, only, sign_in):
    write("first")

    for role, has_form in (("viewer", False), ("physicist", True)):
        other = sign_in(role)
        assert "Delete the comment" not in shown(other, task, only()).text
        assert read(other.get(f"/tasks/{task.id}")).has(id="comment-form") == has_form


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_comment_on_a_foreign_draft_is_not_there(make_task, sign_in, only):
    owner = sign_in("physicist")
    draft = make_task("draft", creator=owner.user)
    owner.post(f"/tasks/{draft.id}/comments", data={"comment": "first"})
    other, path = sign_in("physicist"), f"/comments/{only().id}"

    codes = [
        other.get(f"{path}/edit").status_code,
        other.post(f"{path}/edit", data={"comment": "x"}).status_code,
        other.post(f"{path}/delete").status_code,
    ]

    assert codes == [404] * 3
    assert only().text == "first"
