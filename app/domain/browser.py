"""How a browser calls itself, made short: for a person to recognise their own."""

# The first that is found counts: nearly all browsers claim to be others too.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ("python-requests/", "Python"), ("Python-urllib/", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def recognise(user_agent: str) -> tuple[str | None, str | None]:
    """Return the names of browser and system; None for one that is not in the tables."""
    return _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in table if sign in user_agent), None)
