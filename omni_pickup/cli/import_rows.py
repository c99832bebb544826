"""What the columns of a CSV file mean, as the JSON that the API takes for the same thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from omni_pickup.rules.problems import RuleProblem

Row = Mapping[str, str]
_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
ATTRIBUTE = "attribute:"

COLUMNS = {
    "stores": (
        *("code", "name", "timezone", "latitude", "longitude", "phone", "street", "city", "postal_code", "country"),
        *_DAYS,
        *("in_store", "curbside", "prep_minutes", "hold_days", "pickers", "bays"),
    ),
    "items": (
        *("sku", "name", "gtins", "price", "currency", "image_url", "department", "temperature", "handling"),
        *("min_age", "returnable", "return_days", "stop_sale"),
    ),
    "stock": ("store", "sku", "on_hand", "safety_stock", "location", "locations", "counted"),
}
REQUIRED = {"stores": ("code", "name", "timezone"), "items": ("sku", "name"), "stock": ("store", "sku", "on_hand")}


def store_of(row: Row) -> dict[str, Any]:
    """Hours of a day are intervals with blanks between them: `09:00-13:00 14:00-18:00`. Raises RuleProblem."""
    numbers = {name: _number(row, name) for name in ("prep_minutes", "hold_days", "pickers") if row.get(name)}
    flags = {name: _flag(row, name) for name in ("in_store", "curbside") if row.get(name)}
    address = {name: row[name] for name in ("street", "city", "postal_code", "country") if row.get(name)}
    return {
        "name": row["name"],
        "timezone": row["timezone"],
        "latitude": _decimal(row, "latitude"),
        "longitude": _decimal(row, "longitude"),
        "phone": row.get("phone") or None,
        "address": address,
        "hours": {day: [_interval(text, day) for text in row.get(day, "").split()] for day in _DAYS},
        "pickup": numbers | flags | {"bays": row.get("bays", "").split()},
    }


def item_of(row: Row) -> dict[str, Any]:
    """Several GTINs or handlings have blanks between them; `attribute:size` is a column of its own."""
    price = row.get("price")
    values: dict[str, Any] = {
        "sku": row["sku"],
        "name": row["name"],
        "gtins": row.get("gtins", "").split(),
        "price": {"amount": price, "currency": row.get("currency", "")} if price else None,
        "image_url": row.get("image_url") or None,
        "department": row.get("department") or None,
        "temperature": row.get("temperature") or "ambient",
        "handling": row.get("handling", "").split(),
        "min_age": _number(row, "min_age"),
        "return_days": _number(row, "return_days"),
        "attributes": {
            name.removeprefix(ATTRIBUTE): value for name, value in row.items() if name.startswith(ATTRIBUTE) and value
        },
    }
    return values | {name: _flag(row, name) for name in ("returnable", "stop_sale") if row.get(name)}


def level_of(row: Row) -> dict[str, Any]:
    """A column that is not in the file, or an empty field, leaves the figure as it is."""
    values: dict[str, Any] = {"sku": row["sku"], "on_hand": _number(row, "on_hand")}
    if row.get("safety_stock"):
        values["safety_stock"] = _number(row, "safety_stock")
    if row.get("location"):
        values["location"] = row["location"]
    if row.get("locations"):
        values["locations"] = row["locations"].split()
    if row.get("counted"):
        values["counted"] = _flag(row, "counted")
    return values


def _interval(text: str, day: str) -> list[str]:
    return _wanted(text, text.count("-") == 1, f"/{day}", "like 09:00-18:00").split("-")


def _number(row: Row, name: str) -> int | None:
    text = row.get(name) or None
    if text is None:
        return None
    return int(_wanted(text, text.isascii() and text.isdigit() and len(text) < 10, f"/{name}", "a whole number"))


def _decimal(row: Row, name: str) -> float | None:
    text = row.get(name) or None
    if text is None:
        return None
    return float(_wanted(text, _DECIMAL.fullmatch(text) is not None, f"/{name}", "a decimal number"))


def _flag(row: Row, name: str) -> bool:
    text = row[name].lower()
    return _wanted(text, text in _TRUE | _FALSE, f"/{name}", "true or false") in _TRUE


def _wanted(text: str, holds: bool, pointer: str, words: str) -> str:
    if not holds:
        raise RuleProblem(f"{text!r} should be {words}.", code="invalid_value", pointer=pointer)
    return text
