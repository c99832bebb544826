"""People, shared tablets, and their server-side sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Model, PrimaryKey
from omni_pickup.models.stores import Store

ROLES = ("associate", "manager", "admin")


class Staff(Model):
    """A person. Roles in rising order: associate, manager, admin; an admin sees every store."""

    __tablename__ = "staff"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    deactivated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    stores: Mapped[list[Store]] = relationship(secondary="staff_stores", lazy="selectin", order_by=Store.code)
    __mapper_args__ = {"version_id_col": version}

    def has_role(self, role: str) -> bool:
        """Whether this person's role is `role` or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)


class StaffStore(Model):
    __tablename__ = "staff_stores"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), primary_key=True)


class Device(Model):
    """A tablet enrolled for one store by a one-time link; its cookie's SHA-256 is all that is kept."""

    __tablename__ = "devices"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    enrolled_at: Mapped[datetime]
    enrolled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]

    store: Mapped[Store] = relationship(lazy="joined", innerjoin=True)


class OneTimeToken(Model):
    """A link that works once: `purpose` is setup or enrol. Only the SHA-256 is kept."""

    __tablename__ = "one_time_tokens"

    id: Mapped[PrimaryKey]
    purpose: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Model):
    """A signed-in person on a browser; can be locked (names hidden, work kept) and revoked from here."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_staff", "staff_id"), Index("ix_staff_sessions_seen", "last_seen_at"))

    id: Mapped[PrimaryKey]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship(lazy="joined", innerjoin=True)
    device: Mapped[Device | None] = relationship(lazy="joined")


class Throttle(Model):
    """Failed attempts of one kind by one subject within a window; kept in the database, so processes share it."""

    __tablename__ = "throttles"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    window_started_at: Mapped[datetime]
