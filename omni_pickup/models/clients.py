"""The machines that talk to us: API clients (each one a channel), their keys, and their remembered answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Model, PrimaryKey
from omni_pickup.models.stores import Store

SCOPES = tuple(
    f"{name}:{access}"
    for name in ("orders", "returns", "stock", "catalog", "stores", "events", "webhooks")
    for access in ("read", "write")
)


class Client(Model):
    """Where orders come from."""

    __tablename__ = "clients"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ApiKey(Model):
    """A bearer key, kept as SHA-256 (256 random bits need no slow hash). Empty `stores`: all stores."""

    __tablename__ = "api_keys"

    id: Mapped[PrimaryKey]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    stores: Mapped[list[Store]] = relationship(secondary="api_key_stores", lazy="selectin")


class ApiKeyStore(Model):
    __tablename__ = "api_key_stores"

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), primary_key=True)


class IdempotencyRecord(Model):
    """The 2xx answer of one request, encrypted, for 24 hours; written in the same transaction as what it answers."""

    __tablename__ = "idempotency_records"
    __table_args__ = (UniqueConstraint("client_id", "key"),)

    id: Mapped[PrimaryKey]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
