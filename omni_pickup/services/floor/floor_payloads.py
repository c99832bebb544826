"""The content of a tablet's command, read with care: it may have waited for hours on a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.picking.packages import get_package
from omni_pickup.queries.picking.waves import get_pick_task, get_wave
from omni_pickup.queries.stock.items import get_item, item_by_gtin
from omni_pickup.rules.gtins import parse_scan
from omni_pickup.services.meanings import MOST_PIECES

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Action:
    """One command: where, on which tablet, with what, when it was tapped, by whom."""

    store: Store
    device_id: int | None
    payload: Mapping[str, Any]
    at: datetime
    by: Actor

    def text(self, name: str) -> str:
        """A text that must be there. Raises Invalid."""
        value = self.maybe_text(name)
        if not value:
            raise Invalid.at(f"/payload/{name}", f"{name} is missing.")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text, or None. Raises Invalid for anything else."""
        value = self.payload.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > _LONGEST):
            raise Invalid.at(f"/payload/{name}", f"{name} is a text.")
        return value

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number of pieces from 0 on. Raises Invalid."""
        value = self.payload.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PIECES:
            raise Invalid.at(f"/payload/{name}", f"{name} is a number of pieces.")
        return value

    def flag(self, name: str) -> bool:
        """True or false, false when it is not there. Raises Invalid."""
        value = self.payload.get(name, False)
        if not isinstance(value, bool):
            raise Invalid.at(f"/payload/{name}", f"{name} is true or false.")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty when it is not there. Raises Invalid."""
        value = self.payload.get(name, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise Invalid.at(f"/payload/{name}", f"{name} is a list of texts.")
        return value

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object by line id. Raises Invalid."""
        value = self.payload.get(name)
        if not isinstance(value, Mapping):
            raise Invalid.at(f"/payload/{name}", f"{name} is an object.")
        return value

    def order(self) -> Order:
        """The order of this store that the command names, locked. Raises NotFound."""
        order = get_order(self.text("order"))
        if order.store_id != self.store.id:
            raise NotFound("There is no such order here.")
        return order

    def task(self) -> PickTask:
        """The pick task of this store that the command names."""
        return get_pick_task(self.text("task"), self.store.id)

    def bag(self) -> Package:
        """The bag of this store, by its id or its tag."""
        return get_package(self.text("bag"), self.store.id)

    def item(self) -> Item:
        """The item by its SKU, or by what a scanner read off a piece of it. Raises NotFound, Invalid."""
        scanned = self.maybe_text("scanned")
        if scanned is None:
            return get_item(self.text("sku"))
        found = item_by_gtin(parse_scan(scanned).value)
        return get_item(scanned.strip() if found is None else found.sku)

    def wave(self) -> Wave:
        """The walk of this store that the command names."""
        return get_wave(self.text("wave"), self.store.id)

    def maybe_wave(self, name: str) -> Wave | None:
        """A walk of this store, or None."""
        public_id = self.maybe_text(name)
        return get_wave(public_id, self.store.id) if public_id else None

    def person(self) -> Staff:
        """Who holds the tablet. Raises Invalid for a machine."""
        person = None if self.by.staff_id is None else db.session.get(Staff, self.by.staff_id)
        if person is None:
            raise Invalid("Somebody has to be signed in for this.")
        return person

    def device(self) -> Device | None:
        """The tablet, where it is known."""
        return None if self.device_id is None else db.session.get(Device, self.device_id)
