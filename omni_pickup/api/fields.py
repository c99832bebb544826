"""Field types that bodies share. They check the shape; what a value means is checked by the services."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

MOST_PIECES = 1_000_000
#: RFC 3339, section 5.6, with the lower-case letters that it allows.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
#: What is left of `+01:00` when a query parameter was not escaped.
_LOST_PLUS = re.compile(r":\d\d(\.\d{1,9})? \d\d:\d\d\Z", re.ASCII)
#: Instants outside serve nobody and would overflow when promises and deadlines are counted from them.
_YEARS = range(1970, 2200)


class Body(BaseModel):
    """Base of all request bodies: exact types, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self) -> dict[str, Any]:
        """What was sent, so that a service can tell a missing field from an empty one."""
        return self.model_dump(exclude_unset=True)


#: What turns a body that is shown again into an answer.
ANSWER = ConfigDict(extra="allow")


class Shape(BaseModel):
    """Base of all answers, for the OpenAPI document; answers may carry further members."""

    model_config = ANSWER


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _LOST_PLUS.search(value):
        raise ValueError("The offset has lost its sign; in an address write + as %2B.")
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("This is a time like 2026-11-21T18:00:00+01:00.")
    # Python counts microseconds; finer digits are cut off as in every database.
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("There is no such time.") from None
    if found.year not in _YEARS:
        raise ValueError(f"Times are from {_YEARS[0]} to {_YEARS[-1]}.")
    return found


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T18:00:00+01:00"]}),
]
Sku = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="The retailer's key: printable, no spaces at the ends.",
        examples=["TSHIRT-M-RED"],
    ),
]
StoreCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="Case-sensitive, printable, no spaces at the ends.",
        examples=["WAW-01"],
    ),
]
Quantity = Annotated[int, Field(ge=1, le=MOST_PIECES, examples=[1, 2])]
Figure = Annotated[int, Field(ge=0, le=MOST_PIECES, examples=[10])]
Key = Annotated[str, Field(min_length=1, max_length=200, description="Unique per client.")]
Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=2000)]


class Money(Body):
    """An amount as a decimal string with exactly the digits of its ISO 4217 currency."""

    amount: Annotated[str, Field(max_length=24, examples=["19.90"])]
    currency: Annotated[str, Field(min_length=3, max_length=3, examples=["PLN"])]


class MoneyShape(Shape):
    amount: str
    currency: str


class Reason(Body):
    """Why, in the channel's own words."""

    reason: Annotated[str, Field(max_length=200)] | None = None


#: Every parameter that a path may hold.
PATH_FIELDS: dict[str, Any] = {
    "code": StoreCode,
    "sku": Sku,
    "line_id": Annotated[str, Field(min_length=1, max_length=100, description="The line's own id.")],
    "order_id": Annotated[str, Field(max_length=40, description="`ord_...`")],
    "hold_id": Annotated[str, Field(max_length=40, description="`hld_...`")],
    "return_id": Annotated[str, Field(max_length=40, description="`ret_...`")],
}


def path_model(rule: str) -> type[BaseModel] | None:
    """The model of a rule's path parameters, for the OpenAPI document."""
    names = re.findall(r"<(\w+)>", rule)
    return create_model("Path", **{name: PATH_FIELDS[name] for name in names}) if names else None


class Problem(BaseModel):
    """RFC 9457 `application/problem+json`. `code` is stable; `errors` point at wrong values by JSON pointer."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemError] | None = None


class ProblemError(BaseModel):
    pointer: str
    message: str
