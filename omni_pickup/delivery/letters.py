"""Turning facts into a letter: a subject, a text and an HTML page, in the reader's language.

The text is the original: `templates/mail/<language>/<kind>.txt`, its first line the subject, its paragraphs apart by
an empty line. The HTML page shows the same paragraphs, escaped. Facts arrive on one line each, so that nothing a
person typed can begin a header, a paragraph, a list or a link of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app

_LONGEST_FACT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """What the reader sees."""

    language: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`kind`: text, list or link."""

    kind: str
    lines: Sequence[str]


def one_line(value: str | None) -> str:
    """A fact without line breaks, control characters and marks that turn the writing's direction."""
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Zs") else char
        for char in value or ""
        if unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())[:_LONGEST_FACT]


def listed(lines: Sequence[tuple[int, str]]) -> str:
    """Pieces and names as a list's paragraph; empty without lines."""
    return "\n".join(f"- {pieces} × {one_line(name)}" for pieces, name in lines)


def write_letter(kind: str, language: str, facts: Mapping[str, str]) -> Letter:
    """Fill the letter of `kind`. `facts` are texts on one line each, except what `listed` made."""
    parts = [_fill(f"{language}/{name}.txt", **facts).strip() for name in ("_hello", kind, "_end")]
    subject, _, body = parts[1].partition("\n")
    blocks = [block.strip() for block in re.split(r"\n\s*\n", "\n\n".join((parts[0], body, parts[2]))) if block.strip()]
    text = "\n\n".join(blocks) + "\n"
    link = facts.get("link", "")
    html = _fill(
        "_layout.html",
        language=language,
        subject=subject,
        link=link,
        paragraphs=[_paragraph(block, link) for block in blocks],
    )
    return Letter(language, subject, text, html)


def _fill(template: str, /, **facts: object) -> str:
    """A template with these facts alone: pages' common facts, such as the visitor, exist only in a request."""
    return current_app.jinja_env.get_template(f"mail/{template}").render(**facts)


def _paragraph(block: str, link: str) -> Paragraph:
    lines = block.splitlines()
    if block == link:
        return Paragraph("link", lines)
    if all(line.startswith("- ") for line in lines):
        return Paragraph("list", [line.removeprefix("- ") for line in lines])
    return Paragraph("text", lines)
