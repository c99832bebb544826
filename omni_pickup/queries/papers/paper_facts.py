"""What several documents say in the same way: stores, items, bag codes and the notes of an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from omni_pickup import keys
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.papers.papers import BagCode, ItemFacts, StoreFacts
from omni_pickup.rules.codes import surname

#: What stops a picker first comes first.
_NOTES = ("late", "locked", "age", "chilled", "frozen", "due", "bulky", "fragile", "gift", "note")
#: Facts that people tell an item by, in the order in which they say them; what else there is follows.
_ATTRIBUTES = ("size", "colour", "color", "volume", "weight")
_STATIC = "/static/"


def local(instant: datetime, store: Store) -> datetime:
    """The instant on the store's own clock."""
    return instant.astimezone(ZoneInfo(store.timezone))


def address_lines(address: Mapping[str, Any]) -> tuple[str, ...]:
    """Street, then postal code and city, as the contract keeps them."""
    place = " ".join(str(address[name]) for name in ("postal_code", "city") if address.get(name))
    return tuple(line for line in (str(address.get("street") or ""), place) if line)


def store_facts(store: Store) -> StoreFacts:
    """The store as papers name it."""
    return StoreFacts(store.name, address_lines(store.address), store.phone)


def item_facts(item: Item) -> ItemFacts:
    """The item as papers show it."""
    cold = (item.temperature,) if item.temperature != "ambient" else ()
    return ItemFacts(
        name=item.name,
        variant=variant(item),
        sku=item.sku,
        gtin=item.gtins[0].printed if item.gtins else None,
        picture=bundled_picture(item.image_url),
        notes=(*cold, *(str(word) for word in item.handling)),
        min_age=item.min_age,
    )


def variant(item: Item) -> str:
    """Size, colour and what else tells two items of one name apart: `M, forest green`."""
    return ", ".join(value for _, value in attributes_of(item))


def attributes_of(item: Item) -> list[tuple[str, str]]:
    """Names and values of what tells the item apart, in the order in which people say them."""
    named = [name for name in _ATTRIBUTES if name in item.attributes]
    others = sorted(name for name in item.attributes if name not in _ATTRIBUTES)
    return [(name, str(item.attributes[name])) for name in (*named, *others) if item.attributes[name]]


def bundled_picture(image_url: str | None) -> str | None:
    """The picture's address inside the program; None for one that lies on somebody else's server.

    Papers never wait for another server, and what it sends could not be trusted to be a picture.
    """
    path = (image_url or "").removeprefix(keys.base_url())
    return f"bundled:{path.removeprefix(_STATIC)}" if path.startswith(_STATIC) else None


def bag_code(order: Order) -> BagCode:
    """What people shout: our own font has every letter, so accents stay."""
    letters = "".join(sign for sign in surname(order.contact.name or "").upper() if sign.isalpha())[:3]
    return BagCode(order.number[-4:], letters)


def order_notes(order: Order, now: datetime) -> tuple[str, ...]:
    """What a picker must know before the walk, the most important first."""
    items = [line.item for line in order.lines if line.open > line.picked]
    found = {str(word) for item in items for word in item.handling} | {item.temperature for item in items}
    true_of = {
        "late": order.promised_at < now,
        "age": any(item.min_age for item in items),
        "due": order.payment_state == "due",
        "gift": order.gift,
        "note": bool(order.contact.note or order.contact.store_note),
    }
    return tuple(note for note in _NOTES if note in found or true_of.get(note))
