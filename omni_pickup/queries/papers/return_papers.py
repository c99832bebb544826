"""Reads the facts of the labels that returned goods carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import Conflict, NotFound
from omni_pickup.models.base import db
from omni_pickup.models.returns import Parcel, Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.papers.paper_facts import address_lines, local, store_facts, variant
from omni_pickup.queries.papers.papers import ParcelLabel, ReturnItemLabels


def read_return_item_labels(return_line: str) -> ReturnItemLabels:
    """The labels of `<return's public id>:<position>`. Raises NotFound, and Conflict while nothing is accepted."""
    return_id, _, position = return_line.partition(":")
    line = db.session.scalars(
        select(ReturnLine)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.public_id == return_id, ReturnLine.position == (int(position) if position.isdecimal() else -1))
    ).one_or_none()
    if line is None:
        raise NotFound("There is no such returned line here.")
    if line.accepted == 0 or line.disposition is None:
        raise Conflict("This line is not decided yet, so there is no label to print.")
    rma = line.return_order.rma_number
    return ReturnItemLabels(
        rma=rma,
        code=f"{rma}-{line.position}",
        disposition=line.disposition,
        bin=line.bin,
        reason=line.reason,
        condition=line.condition,
        name=line.sku if line.item is None else line.item.name,
        variant="" if line.item is None else variant(line.item),
        sku=line.sku,
        pieces=line.accepted,
    )


def read_parcel_label(sscc: str) -> ParcelLabel:
    """The label of the carton with that SSCC. Raises NotFound, and Conflict for an empty one."""
    parcel = db.session.scalars(select(Parcel).where(Parcel.sscc == sscc)).one_or_none()
    if parcel is None:
        raise NotFound("There is no such parcel here.")
    lines = list(db.session.scalars(select(ReturnLine).where(ReturnLine.parcel_id == parcel.id)).unique())
    if not lines:
        raise Conflict("This parcel is empty, so there is no label to print.")
    store = db.session.get_one(Store, parcel.store_id)
    return ParcelLabel(
        store=store_facts(store),
        destination=(str(parcel.destination.get("name") or ""), *_address(parcel.destination.get("address"))),
        sscc=parcel.sscc,
        pieces=sum(line.accepted for line in lines),
        lines=len(lines),
        packed_at=local(parcel.closed_at or clock.now(), store),
    )


def _address(given: Any) -> tuple[str, ...]:
    """A vendor's address may be written like a store's or as lines of text."""
    return address_lines(given) if isinstance(given, Mapping) else tuple(str(given or "").splitlines())
