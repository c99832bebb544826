"""Texts that people paste and attackers type, by what they try."""

from __future__ import annotations

#: Each names what it would do to software that does not expect it.
HOSTILE: dict[str, str] = {
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover=\"alert(1)' x='",
    "svg": "<svg/onload=alert(1)>",
    "htmx": '<b hx-get="/board" hx-trigger="load">x</b>',
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "format": "%s%n%(x)s{0}{name}",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula with a plus": "+cmd|' /C calc'!A0",
    "formula with an at": "@SUM(1+1)",
    "formula behind a tab": "\t=1+1",
    "header": "Ada\r\nBcc: everybody@evil.example\r\n\r\nbody",
    "line end": "one\ntwo",
    "nul": "a\x00b",
    "escape": "\x1b[31mred\x07",
    "c1": "a\x85b\x9bc",
    "line separator": "a\u2028b\u2029c",
    "turned writing": "gnp.\u202etxt.exe",
    "isolated": "\u2067abc\u2069 \u2066x",
    "hebrew": "שלום עולם",
    "arabic": "عبد الرحمن",
    "family": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "combining": "Z" + "\u0351\u0321" * 40,
    "zero width": "a\u200bb\u200dc\ufeffd",
    "only marks": "\u0301\u0301",
    "tags": "x\U000e0041\U000e0042",
    "not a character": "a\uffffb\ufdd0",
    "lone surrogate": "a\ud800b",
    "private": "\ue000\U000f0000",
    "astral": "𝔸𝕕𝕒 㐀𠀀",
    "dotless": "İıſßẞﬀ",
    "sql": "'; DROP TABLE orders; --",
    "like": "%_\\%",
    "quotes": "'\"`´\\",
    "path": "../../../etc/passwd",
    "entity": "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;&amp;&#60;",
    "address": "javascript:alert(1)//http://evil.example",
    "null": "null",
    "number": "1e309",
    "spaces": "   ",
    "no-break spaces": "\u00a0\u2007x\u00a0",
    "empty": "",
    "long": "x" * 501,
    "very long": "ż" * 20_000,
}

#: One of each sort, for every run; the others wait for a long one.
FEW = (
    "script",
    "formula",
    "header",
    "nul",
    "turned writing",
    "family",
    "combining",
    "only marks",
    "lone surrogate",
    "very long",
)

#: All that may stand in a name at once, short enough for the shortest field that people write in.
WORST = "<script>alert(1)</script>\"'&{{7*7}}=1+1 \u202etxt\u2066 שלום 👩‍👧 Z\u0351\u0351 %s\\"
