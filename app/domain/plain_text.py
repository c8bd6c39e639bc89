"""Text from people, made fit for one line."""

import unicodedata


def without_control_characters(text: str) -> str:
    """Return the text without control, format and unpaired characters: they hide, or break a log."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cf", "Cs"})
