"""Stores, and the places inside them where bags wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from omni_pickup.languages import language_of_country
from omni_pickup.models.base import Code, Minor, Model, PrimaryKey, Text

#: What the capacity of a slot counts.
SLOT_UNITS = ("orders", "pieces")
#: What a place where bags wait may be.
STAGING_KINDS = ("shelf", "rail", "cage", "fridge", "freezer", "floor")


class Store(Model):
    """A place with stock, opening hours, staff and tablets. `code` is case-sensitive."""

    __tablename__ = "stores"

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Text]
    timezone: Mapped[Code]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    exceptions: Mapped[list[Any]] = mapped_column(default=list)
    holidays: Mapped[dict[str, Any] | None]
    in_store: Mapped[bool] = mapped_column(default=True)
    curbside: Mapped[bool] = mapped_column(default=False)
    prep_minutes: Mapped[int] = mapped_column(default=60)
    prep_minutes_by_handling: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    hold_days: Mapped[int] = mapped_column(default=3)
    hold_days_by_zone: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pickers: Mapped[int] = mapped_column(default=1)
    pace_per_hour: Mapped[int] = mapped_column(default=60)
    slot_minutes: Mapped[int | None]
    slot_capacity: Mapped[int | None]
    slot_unit: Mapped[str] = mapped_column(String(8), default="orders", server_default="orders")
    cut_off: Mapped[str | None] = mapped_column(String(5))
    bays: Mapped[list[Any]] = mapped_column(default=list)
    handoff_policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}

    @property
    def language(self) -> str:
        """What is spoken to somebody here who has no language of their own: that of the store's country."""
        return language_of_country(self.address.get("country"))

    def is_paused(self, at: datetime) -> bool:
        """Paused without an end until someone lifts it, or until `paused_until`."""
        return self.paused_at is not None and (self.paused_until is None or at < self.paused_until)


class StagingLocation(Model):
    """The shelf, rail, cage, fridge or freezer where a bag waits; `zone` is a temperature zone."""

    __tablename__ = "staging_locations"
    __table_args__ = (UniqueConstraint("store_id", "code"),)

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    code: Mapped[Code]
    zone: Mapped[str] = mapped_column(String(16), default="ambient")
    kind: Mapped[str] = mapped_column(String(16), default="shelf")
    active: Mapped[bool] = mapped_column(default=True)


class Counter(Model):
    """A named number series (SSCC serials), moved by one guarded UPDATE."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Minor] = mapped_column(default=0)


class Setting(Model):
    """What the owner may change at run time (company prefix, outbound pause), one row a name."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Heartbeat(Model):
    """The last sign of life of a background process, by the database's clock."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    beat_at: Mapped[datetime]
