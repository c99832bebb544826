"""Lucide icons (ISC licence, static/icons), drawn inline so that they take the colour of the text beside them."""

from __future__ import annotations

import json
from functools import cache

from markupsafe import Markup

from omni_pickup.config import ROOT


@cache
def draw_icon(name: str, size: int = 24) -> Markup:
    """The icon as SVG, `size` CSS pixels wide and high, for eyes only: a word stands beside it. Raises KeyError.

    The stroke of 2.25 is meant for sunlight. Drawn once for each size, because a board shows hundreds.
    """
    # Nothing here comes from outside: the shapes are a file of ours.
    return Markup(  # noqa: S704
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_shapes()[name]}</svg>"
    )


@cache
def _shapes() -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "static/icons/lucide.json").read_text())
    return found
