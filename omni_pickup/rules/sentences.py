"""Sentences that remember what they were made of, so that a screen can say them in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """English as it stands; `template` and `values` are for those who say it otherwise."""

    template: str
    values: Mapping[str, object]


def sentence(template: str, **values: object) -> Sentence:
    """`template` with its values, which stand in it as %(name)s."""
    said = Sentence(template % values)
    said.template = template
    said.values = values
    return said
