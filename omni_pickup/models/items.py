"""What is sold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Minor, Model, PrimaryKey, Text

#: Temperature zones of items, bags and the places where bags wait.
TEMPERATURES = ("ambient", "chilled", "frozen")
#: A bulky piece is its own package, a locked one asks for the keyholder.
HANDLINGS = ("bulky", "locked", "fragile")


class Item(Model):
    """The retailer's key is `sku`; prices are in minor units of `currency`, tax in."""

    __tablename__ = "items"

    id: Mapped[PrimaryKey]
    sku: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[Text]
    price_minor: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    image_url: Mapped[str | None] = mapped_column(String(2000))
    department: Mapped[str | None] = mapped_column(String(200))
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    temperature: Mapped[str] = mapped_column(String(16), default="ambient")
    handling: Mapped[list[Any]] = mapped_column(default=list)
    min_age: Mapped[int | None]
    returnable: Mapped[bool] = mapped_column(default=True)
    return_days: Mapped[int | None]
    stop_sale: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    gtins: Mapped[list[ItemGtin]] = relationship(
        back_populates="item", cascade="all, delete-orphan", order_by="ItemGtin.position", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}


class ItemGtin(Model):
    """A barcode number of an item; `gtin` is the canonical 14 digits, `printed` what the owner gave."""

    __tablename__ = "item_gtins"

    gtin: Mapped[str] = mapped_column(String(14), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    printed: Mapped[str] = mapped_column(String(14))
    position: Mapped[int] = mapped_column(default=0)

    item: Mapped[Item] = relationship(back_populates="gtins")
