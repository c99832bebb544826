"""Finding items by SKU or barcode number, and the shape in which machines see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import lazyload

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.queries.shapes import money_shape
from omni_pickup.rules.gtins import normalise_gtin
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence

#: Below SQLite's and PostgreSQL's limits for bound values, with room for the rest of a statement.
_AT_ONCE = 500
# Built once, because every order asks and putting a statement together costs more than running it.
_BY_SKU = select(Item).where(Item.sku.in_(bindparam("skus", expanding=True))).options(lazyload(Item.gtins))


def get_item(sku: str) -> Item:
    """The item with that SKU; locked and read anew inside a transaction. Raises NotFound."""
    statement = select(Item).where(Item.sku == sku)
    if is_writing():
        # Orders that come in meanwhile name the item, which this kind of lock lets them do.
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    item = db.session.scalars(statement).one_or_none()
    if item is None:
        raise NotFound(sentence("There is no item %(sku)s.", sku=sku))
    return item


def items_by_sku(skus: Iterable[str]) -> dict[str, Item]:
    """The known items among `skus`, without their barcode numbers."""
    wanted = sorted(set(skus))
    found: dict[str, Item] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = {"skus": wanted[start : start + _AT_ONCE]}
        found |= {item.sku: item for item in db.session.scalars(_BY_SKU, some)}
    return found


def item_by_gtin(text: str) -> Item | None:
    """The item that carries this GTIN, in whichever of its lengths it was read; None for what is no GTIN."""
    try:
        gtin = normalise_gtin(text)
    except RuleProblem:
        return None
    return db.session.scalars(select(Item).join(ItemGtin).where(ItemGtin.gtin == gtin)).one_or_none()


def recalled_items() -> list[Item]:
    """Everything that may not be sold or handed over, by name."""
    return list(db.session.scalars(select(Item).where(Item.stop_sale).order_by(Item.name, Item.sku)))


def item_shape(item: Item) -> dict[str, Any]:
    """The contract's shape. All of it may be put back."""
    return {
        "sku": item.sku,
        "name": item.name,
        "gtins": [gtin.printed for gtin in item.gtins],
        "price": money_shape(item.price_minor, item.currency),
        "image_url": item.image_url,
        "department": item.department,
        "attributes": item.attributes,
        "temperature": item.temperature,
        "handling": item.handling,
        "min_age": item.min_age,
        "returnable": item.returnable,
        "return_days": item.return_days,
        "stop_sale": item.stop_sale,
    }
