"""Which store a document belongs to, so that no tablet prints another store's papers; and what was printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff, Package, PrintJob
from omni_pickup.models.picking import Wave
from omni_pickup.models.returns import Parcel, Return
from omni_pickup.models.stores import Store

_STORE_OF: Mapping[str, Callable[[str], Select[Any]]] = {
    "pick_list": lambda subject: select(Wave.store_id).where(Wave.public_id == subject),
    "packing_slip": lambda subject: select(Order.store_id).where(Order.public_id == subject),
    "handoff_receipt": lambda subject: (
        select(Order.store_id).join(Handoff, Handoff.order_id == Order.id).where(Handoff.public_id == subject)
    ),
    "bag_label": lambda subject: select(Package.store_id).where(Package.public_id == subject),
    "return_item_label": lambda subject: select(Return.store_id).where(Return.public_id == subject.partition(":")[0]),
    "return_parcel_label": lambda subject: select(Parcel.store_id).where(Parcel.sscc == subject),
}


def check_subject(document: str, subject: str, store: Store) -> None:
    """Raises NotFound for an unknown document, and for a subject that is not this store's own."""
    statement = _STORE_OF.get(document)
    if statement is None or db.session.scalar(statement(subject)) != store.id:
        raise NotFound("There is no such paper here.")


def bags_without_label(bags: Sequence[Package]) -> list[str]:
    """Public ids of those that carry neither a tag nor a label that came out."""
    untagged = [bag.public_id for bag in bags if bag.tag is None]
    printed = select(PrintJob.subject_id).where(
        PrintJob.document == "bag_label", PrintJob.subject_id.in_(untagged), PrintJob.state != "failed"
    )
    done = set(db.session.scalars(printed))
    return [public_id for public_id in untagged if public_id not in done]


def printed_before(document: str, subject: str) -> int:
    """Papers about it that came out, or are about to."""
    counted = select(func.count(PrintJob.id)).where(
        PrintJob.document == document, PrintJob.subject_id == subject, PrintJob.state != "failed"
    )
    return int(db.session.scalar(counted) or 0)
