"""The words of what is wrong with a table of tasks, or with one of its rows, for problem_words.py."""


def _mark(text: str) -> str:
    """Mark a text for translation here and translate it later (pybabel's keyword)."""
    return text


# A text stands on one line, so that it is found by its words.
TABLE_WORDS: dict[str, str] = {
    "not_text": _mark(
        "This file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”; an .xlsx file cannot be read."
    ),
    "too_many_bytes": _mark("The text has %(bytes)s bytes; at most %(maximum)s are read. Send it in parts."),
    "not_readable": _mark(
        "This is no %(format)s any more from line %(line)s, character %(column)s on. Is the format the right one?"
    ),
    "no_list": _mark("There must be one list in %(format)s, with a task in each of its items."),
    "row_without_columns": _mark("Row %(number)s has no columns: write the fields of a task by their names."),
    "too_deep": _mark(
        "Lists stand in lists here, and again in lists. A row is a task, and each of its fields one value."
    ),
    "yaml_alias": _mark(
        "Line %(line)s has an anchor or an alias of YAML (& or *). They are not followed: write each value out."
    ),
    "table_empty": _mark("There are no rows in it."),
    "too_many_rows": _mark(
        "These are %(rows)s rows; at most %(maximum)s are read at once. Send them in parts."
    ),
    "too_many_columns": _mark(
        "These are %(columns)s columns in one row; at most %(maximum)s are read. Is the text the right one?"
    ),
    "column_without_name": _mark("Column %(number)s has no name in the header."),
    "column_twice": _mark("The column “%(column)s” is there twice."),
    "unknown_column": _mark("There is no column “%(column)s”."),
    "unknown_column_near": _mark("There is no column “%(column)s”. Is “%(nearest)s” meant?"),
    "text_changed": _mark(
        "The text has changed since it was checked. Nothing was made: look at the rows again."
    ),
    "nothing_to_make": _mark("None of the rows can be made."),
    "too_many_cells": _mark("The row has %(cells)s values, and the header names %(columns)s columns."),
    "not_one_value": _mark(
        "A list or a table stands here. A row is one task and this one value; several tasks are several rows."
    ),
    "name_in_rows": _mark("These rows have the same name: %(rows)s."),
    "name_burnt": _mark(
        "PanDA has had a task of this name before the database was restored. Take another version."
    ),
    "parent_unknown": _mark("No row and no task has this name: %(parent)s"),
    "parent_gone": _mark("Task %(id)s, which these tasks were to follow, is not there any more."),
    "parent_not_yours": _mark(
        "This is a task of %(creator)s. A task joins the chain of its parent, so only its owner or a manager may add one."
    ),
    "parent_is_twin": _mark("Task %(id)s is only a test; name the task it tests."),
    "parent_of_another_kind": _mark(
        "%(data_type)s cannot read what %(parent_type)s makes. After that may come: %(allowed)s"
    ),
    "parent_ends_chain": _mark(
        "%(data_type)s cannot read what %(parent_type)s makes: nothing may come after that."
    ),
    "parent_circle": _mark("These rows wait for each other: %(rows)s."),
    "parent_left_out": _mark("Its parent, row %(number)s, cannot be made."),
    "parent_differs": _mark("It differs from its parent in: %(fields)s. Is it meant so?"),
    "child_of_another_kind": _mark(
        "Task %(id)s follows it in its chain, and %(child_type)s cannot read what %(data_type)s makes."
    ),
    "child_differs": _mark("Task %(id)s, which reads it, has otherwise: %(fields)s. Is it meant so?"),
    "parent_dead": _mark("The parent has come to nothing: the task would be held. Is it meant so?"),
}
