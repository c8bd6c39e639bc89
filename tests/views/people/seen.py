"""What the admins' pages about people say."""

from tests.views.reading import read


def usernames(answer):
    rows = read(answer).one("tbody").all("tr") if read(answer).has("tbody") else []
    return [next(row.all("th")).text for row in rows]


def row_of(answer, username):
    return next(row for row in read(answer).one("tbody").all("tr") if next(row.all("th")).text == username)


def said(answer):
    return read(answer).one(id="messages").text


def form_to(answer, end):
    return next(form for form in read(answer).all("form") if form.attributes["action"].endswith(end))
