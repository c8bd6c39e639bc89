"""What the page of one account shows."""

import json
from datetime import UTC, datetime
from typing import Any

from app.account_words import EVENT_WORDS
from app.domain.sign_in import Event
from app.identity import session_limits
from app.models import User
from app.people_words import STATE_ICONS, email_words, person_state_word, source_word
from app.proof import is_proved
from app.services import people
from app.services.people import PersonState

EVENTS_SHOWN = 20


def person_context(person: User, admin: User) -> dict[str, Any]:
    """Return what people/page.html needs, but the forms."""
    state = people.state_of(person)
    identities = people.identities_of(person)
    return {
        "person": person,
        "email": email_words(person),
        "state": state.value,
        "state_word": person_state_word(state),
        "state_icon": STATE_ICONS[state],
        "source": source_word(person),
        "seen_at": people.last_seen([person]).get(person.id),
        "session_count": people.count_sessions(person, datetime.now(UTC), session_limits()),
        "identities": [(identity, _groups(identity.groups)) for identity in identities],
        "events": people.events_of(person, EVENTS_SHOWN),
        "disabling": _disabling(person) if state is PersonState.DISABLED else None,
        "is_oneself": person.id == admin.id,
        "is_proved": is_proved(),
        **EVENT_WORDS,
    }


def _disabling(person: User) -> Any:
    """Return the event that tells why and by whom the account was disabled; None for one from of old."""
    return next(iter(people.events_of(person, 1, Event.DISABLED.value)), None)


def _groups(stored: str) -> list[str]:
    return [str(group) for group in json.loads(stored)]
