"""What the office's forms share: reading numbers, and saying on the next page what was done."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid
from omni_pickup.office.guards import current_store
from omni_pickup.pages import go_to


def done(words: str, endpoint: str, **values: Any) -> Response:
    """Look at a page of the office with GET, and say there what has just been done."""
    flash(words)
    return go_to(url_for(endpoint, **values))


def done_here(words: str, endpoint: str, **values: Any) -> Response:
    """The same for a page of the store in the address."""
    return done(words, endpoint, store_code=current_store().code, **values)


def whole_number(name: str, *, missing: int | None = None) -> int:
    """A field of the form as a whole number; `missing` stands for an empty one. Raises Invalid at the field."""
    text = request.form.get(name, "").strip()
    if not text and missing is not None:
        return missing
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Invalid.at(f"/{name}", "Type a whole number.")
    return int(text)
