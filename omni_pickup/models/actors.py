"""Who did something: the columns that every event and movement carries, and the value that services take as `by`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

ActorKind = Literal["staff", "customer", "channel", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Staff, device and approver are kept apart: a tablet is not a person, a manager's nod is not the act."""

    kind: ActorKind
    staff_id: int | None = None
    device_id: int | None = None
    approver_id: int | None = None
    client_id: int | None = None

    def columns(self) -> dict[str, int | str | None]:
        """The values of `ActorColumns`, for Core inserts."""
        return {
            "actor_kind": self.kind,
            "staff_id": self.staff_id,
            "device_id": self.device_id,
            "approver_id": self.approver_id,
            "client_id": self.client_id,
        }


SYSTEM = Actor("system")
CUSTOMER = Actor("customer")


class ActorColumns:
    """Mixin for tables whose rows say who acted."""

    actor_kind: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
