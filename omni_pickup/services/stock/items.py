"""Items: what the owner sells, one by one or a thousand at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, insert_if_absent, table_of
from omni_pickup.models.items import HANDLINGS, TEMPERATURES, Item, ItemGtin
from omni_pickup.queries.stock.items import get_item, item_shape, items_by_sku
from omni_pickup.rules.gtins import normalise_gtin
from omni_pickup.rules.money import to_minor
from omni_pickup.services import events
from omni_pickup.services.meanings import Findings, key_of, money_of, require, whole_number

#: Items of one bulk request.
MOST_ITEMS = 1000
_MOST_GTINS = 50
_MOST_ATTRIBUTES = 100
_BLANKS_AND_HYPHENS = re.compile(r"[\s-]")


def put_item(sku: str, values: Mapping[str, Any], *, by: Actor) -> tuple[Item, bool]:
    """Make or replace an item from the contract's JSON; returns it and whether it is new.

    A missing field gets its default, except `stop_sale`, which keeps its value: a nightly catalogue feed must
    not lift a recall. Raises Invalid with a pointer for each wrong value, also for the GTIN of another item.
    """
    findings = Findings()
    with findings.at("/sku"):
        key_of(sku, longest=100)
    columns = _read(values, findings)
    gtins = _read_gtins(sku, values.get("gtins") or [], findings)
    findings.settle()
    now = clock.now()
    new = {"sku": sku, "created_at": now, "updated_at": now, **columns}
    created = insert_if_absent(Item, new, keys=("sku",)) is not None
    item = get_item(sku)
    before = None if created else item_shape(item)
    for name, value in columns.items():
        setattr(item, name, value)
    _set_gtins(item, gtins)
    if item_shape(item) != before:
        item.updated_at = now
        db.session.flush()
        events.record("item.created" if created else "item.changed", by=by, data=item_shape(item))
    return item, created


def put_items(values: Sequence[Mapping[str, Any]], *, by: Actor) -> list[dict[str, Any]]:
    """Put many items; answers `{"sku", "status": created | updated | error, "errors"}` for each, in their order.

    Each item is checked as a whole before any of it is written, so an error leaves nothing of that item and
    does not touch the others. Raises Invalid for more than 1,000.
    """
    if len(values) > MOST_ITEMS:
        raise Invalid.at("/items", f"At most {MOST_ITEMS} items at once.")
    seen: set[str] = set()
    results: list[dict[str, Any]] = []
    for index, one in enumerate(values):
        sku = one["sku"]
        try:
            if sku in seen:
                raise Invalid.at("/sku", f"{sku} is in this request twice.")
            _, created = put_item(sku, one, by=by)
            results.append({"sku": sku, "status": "created" if created else "updated", "errors": []})
        except Invalid as problem:
            errors = [{**error, "pointer": f"/items/{index}{error['pointer']}"} for error in problem.details["errors"]]
            results.append({"sku": sku, "status": "error", "errors": errors})
        seen.add(sku)
    return results


def set_stop_sale(item: Item, stop_sale: bool, *, reason: str | None = None, by: Actor) -> Item:
    """Throw or lift the recall switch: nothing of it may be promised or handed over while it is on."""
    if item.stop_sale != stop_sale:
        item.stop_sale, item.updated_at = stop_sale, clock.now()
        db.session.flush()
        data = {"item": item_shape(item), "reason": reason}
        events.record("item.sale_stopped" if stop_sale else "item.sale_resumed", by=by, data=data)
    return item


def _read(values: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    columns: dict[str, Any] = {name: values.get(name) for name in ("image_url", "department", "min_age", "return_days")}
    columns |= {"name": values["name"], "returnable": values.get("returnable", True)}
    columns |= {"price_minor": None, "currency": None, "temperature": values.get("temperature") or "ambient"}
    columns |= {"handling": list(values.get("handling") or []), "attributes": dict(values.get("attributes") or {})}
    if "stop_sale" in values:
        columns["stop_sale"] = values["stop_sale"]
    with findings.at("/price"):
        price = money_of(values.get("price"))
        if price is not None:
            columns["price_minor"], columns["currency"] = to_minor(price), price.currency
    _check(columns, findings)
    return columns


def _check(columns: Mapping[str, Any], findings: Findings) -> None:
    with findings.at("/name"):
        require(bool(columns["name"].strip()) and len(columns["name"]) <= 500, "A name has 1 to 500 signs.")
    with findings.at("/image_url"):
        require(columns["image_url"] is None or _is_picture(columns["image_url"]), "An http or https address.")
    with findings.at("/department"):
        require(len(columns["department"] or "") <= 200, "A department has at most 200 signs.")
    with findings.at("/attributes"):
        require(len(columns["attributes"]) <= _MOST_ATTRIBUTES, f"At most {_MOST_ATTRIBUTES} attributes.")
    with findings.at("/temperature"):
        require(columns["temperature"] in TEMPERATURES, f"One of {', '.join(TEMPERATURES)}.")
    for index, handling in enumerate(columns["handling"]):
        with findings.at(f"/handling/{index}"):
            require(handling in HANDLINGS, f"One of {', '.join(HANDLINGS)}.")
            require(handling not in columns["handling"][:index], f"{handling} is named twice.")
    for name, most in (("min_age", 120), ("return_days", 36_500)):
        with findings.at(f"/{name}"):
            if columns[name] is not None:
                whole_number(columns[name], least=0, most=most)


def _is_picture(text: str) -> bool:
    if text.startswith("/static/"):
        # The sample items' pictures come with the program.
        return len(text) <= 2000 and ".." not in text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return len(text) <= 2000 and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def _read_gtins(sku: str, given: Sequence[str], findings: Findings) -> dict[str, str]:
    """Printed digits by canonical GTIN; one number belongs to one item."""
    with findings.at("/gtins"):
        require(len(given) <= _MOST_GTINS, f"At most {_MOST_GTINS} GTINs.")
    found: dict[str, str] = {}
    places: dict[str, int] = {}
    for index, text in enumerate(given):
        with findings.at(f"/gtins/{index}"):
            gtin = normalise_gtin(text)
            require(gtin not in found, f"{text} is named twice.")
            found[gtin], places[gtin] = _BLANKS_AND_HYPHENS.sub("", text), index
    taken = select(ItemGtin.gtin, Item.sku).join(Item).where(ItemGtin.gtin.in_(found), Item.sku != sku)
    for gtin, other in db.session.execute(taken):
        findings.add(f"/gtins/{places[gtin]}", f"GTIN {found[gtin]} belongs to item {other}.")
    return found


def _set_gtins(item: Item, gtins: Mapping[str, str]) -> None:
    """Rewrite the numbers only when they differ, because the primary key moves between rows otherwise."""
    if [(row.gtin, row.printed) for row in item.gtins] != list(gtins.items()):
        db.session.execute(delete(ItemGtin).where(ItemGtin.item_id == item.id))
        for position, (gtin, printed) in enumerate(gtins.items()):
            row = {"gtin": gtin, "item_id": item.id, "printed": printed, "position": position}
            db.session.execute(insert(table_of(ItemGtin)).values(row))
        db.session.expire(item, ["gtins"])
    db.session.flush()


def known_items(skus: Sequence[str], findings: Findings, pointer: str) -> dict[str, Item]:
    """The items of `skus`; unknown ones go to `findings` at `pointer` with its `{}` replaced by their index."""
    found = items_by_sku(skus)
    for index, sku in enumerate(skus):
        if sku not in found:
            findings.add(pointer.format(index), f"There is no item {sku}.")
    return found
