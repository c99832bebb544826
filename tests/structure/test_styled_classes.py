"""The staff's stylesheet and the staff's templates know the same classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from omni_pickup.config import ROOT

_SHEET = ROOT / "static" / "css" / "staff.css"
#: Faces with a stylesheet of their own.
_OTHERS = {"api", "customer", "mail", "print"}
#: Where Jinja stands inside of an attribute; its quoted words may be classes, too.
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_CLASSES = re.compile(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"', re.S)


def styled() -> set[str]:
    """The classes that the stylesheet's selectors name."""
    rules = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", _SHEET.read_text(), flags=re.S)
    return set(re.findall(r"\.([a-z][\w-]*)", rules))


def templates() -> list[Path]:
    return [one for one in (ROOT / "templates").rglob("*.html") if not _OTHERS & set(one.parts)]


def written(template: Path) -> Iterator[str]:
    """The classes that stand as whole words in a template."""
    for value in _CLASSES.findall(template.read_text()):
        yield from (word for word in _JINJA.sub("#", value).split() if "#" not in word)


def named(texts: list[str]) -> set[str]:
    """All words with hyphens that stand in the texts, also the ends of those that Jinja puts together."""
    return {word for text in texts for word in re.findall(r"[a-z][\w-]*", text)}


def test_every_styled_class_stands_in_a_template_or_a_script() -> None:
    texts = [one.read_text() for one in [*templates(), *(ROOT / "static" / "js").glob("*.js")]]
    texts += [(ROOT / "omni_pickup" / name).read_text() for name in ("icons.py", "office/devices.py")]
    words = named(texts)
    put_together = {"band-who", "band-where", "sla-late", "sla-at_risk"}
    assert styled() - words - put_together == set()


def test_every_class_of_a_template_is_styled_or_sought() -> None:
    seekers = [*(ROOT / "static" / "js").glob("*.js"), *(ROOT / "tests").rglob("*.py")]
    sought = named([one.read_text() for one in seekers])
    known = styled() | sought
    lost = {f"{one.name}: {name}" for one in templates() for name in written(one) if name not in known}
    assert lost == set()
