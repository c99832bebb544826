"""Reads the facts of pick lists, packing slips, handoff receipts and labels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from omni_pickup import clock
from omni_pickup.errors import Conflict, NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Handoff, HandoffLine, Package, PackageContent
from omni_pickup.models.picking import Tote, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.papers.paper_facts import bag_code, item_facts, local, order_notes, store_facts
from omni_pickup.queries.papers.papers import (
    BagLabel,
    HandoffReceipt,
    OrderPaperLine,
    PackingSlip,
    PickList,
    PickStop,
    ToteFacts,
)
from omni_pickup.queries.picking.waves import Stop, wave_tasks


def read_pick_list(wave_id: str) -> PickList:
    """What is still to fetch in that wave. Raises NotFound, and Conflict when nothing is left."""
    wave = db.session.scalars(select(Wave).where(Wave.public_id == wave_id)).one_or_none()
    if wave is None:
        raise NotFound("There is no such wave here.")
    store = db.session.get_one(Store, wave.store_id)
    stops = [stop for stop in wave_tasks(wave.id) if stop.task.left > 0]
    if not stops:
        raise Conflict("Nothing is left to pick in this wave, so there is no list to print.")
    letters = {stop.tote for stop in stops}
    return PickList(
        store=store_facts(store),
        wave=str(wave.id),
        picker=None if wave.picker_id is None else db.session.get_one(Staff, wave.picker_id).name,
        printed_at=local(clock.now(), store),
        totes=tuple(_tote(tote) for tote in wave.totes if tote.letter in letters),
        stops=_stops(stops),
    )


def _tote(tote: Tote) -> ToteFacts:
    order = tote.order
    return ToteFacts(
        letter=tote.letter,
        code=bag_code(order),
        order_number=order.number,
        promised_at=local(order.promised_at, order.store),
        notes=order_notes(order, clock.now()),
    )


def _stops(stops: list[Stop]) -> tuple[PickStop, ...]:
    """The same item at neighbouring places of the walk is one stop for all totes."""
    grouped: list[tuple[Stop, list[tuple[str, int]]]] = []
    for stop in stops:
        if not grouped or grouped[-1][0].task.order_line.item_id != stop.task.order_line.item_id:
            grouped.append((stop, []))
        grouped[-1][1].append((stop.tote, stop.task.left))
    return tuple(
        PickStop(
            location=first.location,
            backups=first.backups,
            item=item_facts(first.task.order_line.item),
            totes=tuple(sorted(totes)),
        )
        for first, totes in grouped
    )


def read_packing_slip(order_id: str) -> PackingSlip:
    """What lies in the order's bags. Raises NotFound, and Conflict while nothing is packed."""
    order = get_order(order_id)
    packed = {
        line_id: int(pieces)
        for line_id, pieces in db.session.execute(
            select(PackageContent.order_line_id, func.sum(PackageContent.quantity - PackageContent.take_out))
            .join(Package, Package.id == PackageContent.package_id)
            .where(Package.order_id == order.id, Package.state.in_(("packed", "staged")))
            .group_by(PackageContent.order_line_id)
        )
    }
    if not packed:
        raise Conflict("Nothing of this order is in a bag yet, so there is no packing slip to print.")
    return PackingSlip(
        **_order_facts(order),
        lines=tuple(_line(order, line, packed.get(line.id, 0), before=line.collected) for line in order.lines),
        bags=len(_bags(order.id)),
        due_minor=order.payment_due_minor if order.payment_state == "due" and not order.gift else None,
    )


def read_handoff_receipt(handoff_id: str) -> HandoffReceipt:
    """What was given at that handoff. Raises NotFound, and Conflict when it was undone."""
    handoff = db.session.scalars(select(Handoff).where(Handoff.public_id == handoff_id)).one_or_none()
    if handoff is None:
        raise NotFound("There is no such handoff here.")
    if handoff.undone_at is not None:
        raise Conflict("This handoff was undone, so there is no receipt to print.")
    order = db.session.get_one(Order, handoff.order_id)
    return HandoffReceipt(
        **_order_facts(order),
        lines=_given(order, handoff),
        handed_at=local(handoff.at, order.store),
        result=handoff.result,
        checks=tuple(handoff.checks) or (handoff.method,),
        by_collector=handoff.by_collector,
        paid_receipt=handoff.paid_receipt,
    )


def _order_facts(order: Order) -> dict[str, Any]:
    contact = order.contact
    return {
        "store": store_facts(order.store),
        "number": order.number,
        "external_id": order.external_id,
        "person": contact.collector_name or (None if order.gift else contact.name),
        "language": contact.language,
        "gift": order.gift,
        "gift_message": contact.gift_message,
        "currency": None if order.gift else order.currency,
        "printed_at": local(clock.now(), order.store),
    }


def _given(order: Order, handoff: Handoff) -> tuple[OrderPaperLine, ...]:
    before = {
        line_id: int(pieces)
        for line_id, pieces in db.session.execute(
            select(HandoffLine.order_line_id, func.sum(HandoffLine.collected))
            .join(Handoff, Handoff.id == HandoffLine.handoff_id)
            .where(Handoff.order_id == order.id, Handoff.undone_at.is_(None), Handoff.id < handoff.id)
            .group_by(HandoffLine.order_line_id)
        )
    }
    found: list[OrderPaperLine] = []
    for line in order.lines:
        here = [given for given in handoff.lines if given.order_line_id == line.id]
        pieces, refused = sum(given.collected for given in here), sum(given.refused for given in here)
        if pieces or refused:
            found.append(_line(order, line, pieces, before=before.get(line.id, 0), refused=refused, at=handoff.at))
    return tuple(found)


def _line(
    order: Order, line: OrderLine, pieces: int, *, before: int, refused: int = 0, at: datetime | None = None
) -> OrderPaperLine:
    days = line.item.return_days
    given_on = None if at is None else local(at, order.store).date()
    return OrderPaperLine(
        item=item_facts(line.item),
        ordered=line.ordered,
        pieces=pieces,
        refused=refused,
        paid_minor=None if order.gift else _paid(line, before, pieces),
        returnable=line.item.returnable,
        last_return_day=None if given_on is None or days is None else given_on + timedelta(days=days),
    )


def _paid(line: OrderLine, before: int, pieces: int) -> int | None:
    """What was paid for the pieces behind the first `before` ones: shares of a line total lose no grosz together."""
    if line.paid_total_minor is not None:
        total = line.paid_total_minor
        return total * (before + pieces) // line.ordered - total * before // line.ordered
    return None if line.unit_price_minor is None else line.unit_price_minor * pieces


def _bags(order_id: int) -> list[int]:
    """The bags that exist, in the order of their numbers; an emptied one is no bag any more."""
    return list(
        db.session.scalars(
            select(Package.id).where(Package.order_id == order_id, Package.state != "emptied").order_by(Package.number)
        )
    )


def read_bag_label(package_id: str) -> BagLabel:
    """The label of that bag. Raises NotFound, and Conflict for an emptied one."""
    bag = db.session.scalars(select(Package).where(Package.public_id == package_id)).unique().one_or_none()
    if bag is None:
        raise NotFound("There is no such bag here.")
    if bag.state == "emptied":
        raise Conflict("This bag was emptied, so it needs no label.")
    order, bags, place = bag.order, _bags(bag.order_id), bag.staging_location
    return BagLabel(
        store=store_facts(order.store),
        code=bag_code(order),
        order_number=order.number,
        bag_id=bag.public_id,
        number=bags.index(bag.id) + 1,
        count=len(bags),
        place=None if place is None else place.code,
        kind=None if place is None else place.kind,
        zone=bag.zone,
        promised_at=local(order.promised_at, order.store),
    )
