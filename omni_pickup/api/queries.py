"""Query parameters: shapes checked as strictly as bodies, lists with opaque cursors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from omni_pickup.api.input_problems import pointer, read_as
from omni_pickup.errors import Invalid

DEFAULT_LIMIT = 50
MOST_LIMIT = 200
_Row = TypeVar("_Row")


class Query(BaseModel):
    """Base of all query models: unknown parameters are refused, a list parameter may be repeated."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Query):
    """For endpoints that take none."""


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValueError("This is a whole number.")
        return int(value)
    return value


Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_LIMIT, description="Rows of one page.")]
Whole = Annotated[int, BeforeValidator(_whole)]
Cursor = Annotated[
    str | None, Field(max_length=400, description="`next` of the page before, unchanged.", json_schema_extra={})
]


class Page(Query):
    """What every list takes."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


def read_query(model: type[BaseModel] | None) -> BaseModel:
    """The request's query as the model. Raises Invalid, also for a parameter given twice that may stand once."""
    model = model or NoQuery
    document: dict[str, Any] = {}
    for name, values in request.args.lists():
        if any("\0" in value or "\ufffd" in value for value in (name, *values)):
            raise Invalid.at(pointer(name), "This is not readable text.")
        repeated = name in model.model_fields and "list[" in str(model.model_fields[name].annotation)
        if len(values) > 1 and not repeated:
            raise Invalid.at(pointer(name), "This stands more than once.")
        document[name] = values if repeated else values[0]
    return read_as(model, document)


def make_cursor(*place: str | int) -> str:
    """An opaque text that stands for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type, parameter: str = "cursor") -> tuple[Any, ...]:
    """The place that `make_cursor` was given. Raises Invalid for a text that it did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        place = None
    fits = isinstance(place, list) and len(place) == len(kinds)
    if not fits or not all(type(value) is kind for value, kind in zip(place, kinds, strict=True)):
        raise Invalid.at(pointer(parameter), "This is not a cursor of ours.")
    if not all(_storable(value) for value in place):
        raise Invalid.at(pointer(parameter), "This is not a cursor of ours.")
    return tuple(place)


def _storable(value: str | int) -> bool:
    """Whether a database can compare with it: keys are from 0 to 63 bits, texts have neither NUL nor half a sign."""
    if isinstance(value, int):
        return 0 <= value < 2**63
    return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


def make_place(row: Any, updated_after: datetime | None) -> str:
    """The cursor behind an order or return: its key, or where it stands among the changes when those were asked."""
    return make_cursor(row.id) if updated_after is None else make_cursor(row.updated_at.isoformat(), row.id)


def read_place(cursor: str | None, updated_after: datetime | None) -> tuple[datetime | None, int | None]:
    """The instant and key behind which a page begins. Raises Invalid for a cursor of another list."""
    if cursor is None:
        return updated_after, None
    if updated_after is None:
        return None, read_cursor(cursor, int)[0]
    text, key = read_cursor(cursor, str, int)
    try:
        given = datetime.fromisoformat(text)
        # An offset may push the first and the last day of the calendar out of it.
        at = None if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise Invalid.at(pointer("cursor"), "This is not a cursor of ours.")
    return at, key


def page_of(rows: Sequence[_Row], limit: int, place: Callable[[_Row], str]) -> tuple[Sequence[_Row], str | None]:
    """The first `limit` of the rows (which were asked for one more), and the cursor behind them or None."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], place(rows[limit - 1])
