"""Stores, people, items and stock of the made-up chain."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator

from benchmarks.scale_rows import Book, stamp
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.staff import Device, Staff, StaffStore
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import StagingLocation, Store

#: Pieces that a level starts with before anything is sold.
PIECES = 40
STAFF_PER_STORE = 2
PLACES_PER_STORE = 3
_ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class Stock:
    """Which items a store has, and what the orders did to each level: a store's slots count 0 to assortment - 1."""

    def __init__(self, book: Book) -> None:
        sizes = book.sizes
        self._assortment, self._items = sizes.assortment, sizes.items
        self._stride = next(step for step in (13, 17, 19, 23) if sizes.items % step)
        self.on_hand = array("i", bytes(4 * sizes.levels))
        self.reserved = array("i", bytes(4 * sizes.levels))

    def item(self, store: int, slot: int) -> int:
        """The item's key. Neighbouring stores share much of their assortment, far ones little."""
        return (store * 7919 + slot * self._stride) % self._items + 1

    def place(self, store: int, slot: int) -> int:
        """Where in the arrays that level is; one less than its row's key."""
        return (store - 1) * self._assortment + slot


def digest(*parts: object) -> str:
    """64 hexadecimal digits that look drawn, and are the same each time."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=32).hexdigest()


def fill_masters(book: Book) -> None:
    """Everything but stock and orders."""
    book.rows(Client, "id", "name", created_at=book.at).add(1, "scale-shop")
    _fill_stores(book)
    _fill_people(book)
    items = book.rows(
        Item,
        *("id", "sku", "name", "price_minor"),
        currency="PLN",
        return_days=30,
        department="Made up",
        created_at=book.at,
        updated_at=book.at,
    )
    gtins = book.rows(ItemGtin, "gtin", "item_id", "printed")
    for key in range(1, book.sizes.items + 1):
        items.add(key, sku(key), f"Thing {key}", 500 + key % 9000)
        gtins.add(f"{key:014}", key, f"{key:014}")


def sku(item_id: int) -> str:
    """What the shop calls the item."""
    return f"SKU-{item_id:06}"


def store_code(store: int) -> str:
    """What everybody calls the store."""
    return f"S-{store:05}"


def _fill_stores(book: Book) -> None:
    stores = book.rows(
        Store,
        *("id", "code", "name", "latitude", "longitude"),
        timezone="Europe/Warsaw",
        hours=_ALL_DAY,
        pickers=2,
        created_at=book.at,
        updated_at=book.at,
    )
    places = book.rows(StagingLocation, "id", "store_id", "code")
    for store in range(1, book.sizes.stores + 1):
        stores.add(store, store_code(store), f"Store {store}", 49 + store % 57 / 10, 14 + store % 97 / 10)
        for number in range(1, PLACES_PER_STORE + 1):
            places.add((store - 1) * PLACES_PER_STORE + number, store, f"A{number}")


def _fill_people(book: Book) -> None:
    staff = book.rows(Staff, "id", "public_id", "login", "name", role="associate", created_at=book.at)
    belongs = book.rows(StaffStore, "staff_id", "store_id")
    devices = book.rows(Device, "id", "public_id", "store_id", "token_digest", name="Counter", enrolled_at=book.at)
    for store in range(1, book.sizes.stores + 1):
        devices.add(store, f"dev_{digest('device', store)[:24]}", store, digest("token", store))
        for number in range(STAFF_PER_STORE):
            key = (store - 1) * STAFF_PER_STORE + number + 1
            staff.add(key, f"stf_{digest('staff', key)[:24]}", f"person-{key}", f"Person {key}")
            belongs.add(key, store)


def fill_stock(book: Book, stock: Stock) -> Iterator[None]:
    """Each level, and as its first movement what was there before the orders; yields after each store."""
    at = book.at
    levels = book.rows(StockLevel, "id", "store_id", "item_id", "on_hand", "reserved", "location", updated_at=at)
    first = stamp(at, -book.sizes.days * 1440)
    movements = book.rows(
        StockMovement,
        *("id", "store_id", "item_id", "on_hand_delta"),
        kind="set",
        actor_kind=SYSTEM.kind,
        occurred_at=first,
        recorded_at=first,
    )
    for store in range(1, book.sizes.stores + 1):
        for slot in range(book.sizes.assortment):
            place = stock.place(store, slot)
            item = stock.item(store, slot)
            here = PIECES + max(0, -stock.on_hand[place])
            on_hand = here + stock.on_hand[place]
            levels.add(place + 1, store, item, on_hand, stock.reserved[place], f"A-{slot % 40:02}-{slot % 6}")
            movements.add(place + 1, store, item, here)
        yield
