"""What the guides list is complete: every event that a channel can see, every setting."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from omni_pickup.config import Settings

ROOT = Path(__file__).resolve().parents[2]
#: Nouns whose events reach channels: what carries their client's key, and what they share.
_EVENT = re.compile(r"(order|return|hold|transfer|stock|store|item)\.[a-z_]*[a-z]")


def _listed() -> set[str]:
    """Types in the first column of the table; one that begins with a dot has the noun before it."""
    found = set()
    text = (ROOT / "docs/integrating.md").read_text(encoding="utf-8")
    for cell in re.findall(r"^\| (`[a-z]+\.[^|]*)\|", text, re.MULTILINE):
        noun = ""
        for word in re.findall(r"`([a-z_.*]+)`", cell):
            noun = noun if word.startswith(".") else word.partition(".")[0]
            found.add(noun + word if word.startswith(".") else word)
    return found


def _recorded() -> set[str]:
    sources = (ROOT / "omni_pickup/services").rglob("*.py")
    nodes = (node for source in sources for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if _EVENT.fullmatch(text)}


def test_every_event_that_is_recorded_is_in_the_integrators_table() -> None:
    listed, recorded = _listed(), _recorded()
    assert {"order.received", "hold.placed", "stock.changed"} <= recorded
    assert {text for text in recorded - listed if f"{text.partition('.')[0]}.*" not in listed} == set()


def test_every_setting_is_in_the_operators_table() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`OMNI_{name.upper()}`" not in text] == []
