"""Bags: picked pieces leave the tote for what the customer will carry home."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup import clock, keys
from omni_pickup.errors import Conflict, Invalid, WrongState, WrongZone
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Package, PackageContent
from omni_pickup.models.stores import StagingLocation
from omni_pickup.queries.picking.packages import IN_STORE, lock_package, package_shape
from omni_pickup.queries.stock.items import item_by_gtin
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.place_codes import place_pattern
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.bag_contents import content_of, loose_pieces, remove_flagged
from omni_pickup.services.picking.take_outs import count_taken_out, drop_take_outs


def pack_bag(
    order: Order,
    *,
    contents: Mapping[str, int],
    serials: Mapping[str, Sequence[str]] | None = None,
    tag: str | None = None,
    zone: str | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Package:
    """Put picked pieces, by line id, into the order's next bag; its zone follows from the goods.

    Raises Invalid for an empty bag or an unknown line, WrongState when fewer pieces are loose, WrongZone when
    temperatures would mix, Conflict when a bulky piece would share its package or the tag hangs on another bag.
    """
    if order.state not in ORDER_OPEN_STATES:
        raise WrongState(
            sentence("Order %(number)s is %(state)s.", number=order.number, state=order.state), state=order.state
        )
    lines = _lines_of(order, contents)
    _check_loose(lines)
    _check_bulky(lines)
    bag = Package(
        public_id=keys.new_id("bag"),
        store_id=order.store_id,
        order=order,
        order_id=order.id,
        number=_next_number(order),
        zone=_zone_of(lines, zone),
        state="packed",
        packed_at=at or clock.now(),
        contents=[
            PackageContent(
                order_line=line,
                order_line_id=line.id,
                quantity=pieces,
                take_out=0,
                serials=list(serials[line.line_id]) if serials and line.line_id in serials else None,
            )
            for line, pieces in lines
        ],
    )
    if tag is not None:
        _set_tag(bag, tag)
    db.session.add(bag)
    db.session.flush()
    record_package(order, bag, "order.bag_packed", by=by, at=at)
    settle_order(order, by=by, occurred_at=at)
    return bag


def bind_tag(package: Package, tag: str, *, by: Actor, at: datetime | None = None) -> Package:
    """Hang a preprinted tag on a bag without one. The same tag again answers quietly. Raises Conflict, WrongState."""
    bag = lock_package(package)
    if bag.tag == tag:
        return bag
    if bag.state not in IN_STORE:
        raise WrongState("This bag has left the store.", state=bag.state)
    if bag.tag is not None:
        raise Conflict(sentence("This bag has the tag %(tag)s already.", tag=bag.tag))
    _set_tag(bag, tag)
    db.session.flush()
    record_package(bag.order, bag, "order.bag_tagged", by=by, at=at)
    return bag


def take_out_piece(
    package: Package, line_id: str, *, pieces: int = 1, by: Actor, at: datetime | None = None
) -> Package:
    """Scan marked pieces out of a bag; with the last one the bag may be staged again.

    The pieces wait to be put back. Raises Invalid for an unknown line and WrongState for more than was marked.
    """
    bag = lock_package(package)
    line = next((content.order_line for content in bag.contents if content.order_line.line_id == line_id), None)
    content = None if line is None else content_of(bag, line)
    if line is None or content is None or pieces < 1:
        raise Invalid.at("/line_id", sentence("There is nothing of line %(line_id)s in this bag.", line_id=line_id))
    if bag.state not in IN_STORE or pieces > content.take_out:
        raise WrongState(
            sentence("Only %(left)s of %(item)s have to leave this bag.", left=content.take_out, item=line.item.name)
        )
    remove_flagged(bag, content, pieces)
    db.session.flush()
    count_taken_out(bag.id, line.id, pieces, by=by)
    record_package(bag.order, bag, "order.piece_taken_out", by=by, at=at)
    settle_order(bag.order, by=by, occurred_at=at)
    return bag


def empty_bag(package: Package, *, by: Actor, at: datetime | None = None) -> Package:
    """Everything comes out again: pieces are loose, marked ones wait to be put back. Twice is once."""
    bag = lock_package(package)
    if bag.state == "emptied":
        return bag
    if bag.state not in IN_STORE:
        raise WrongState("This bag has left the store.", state=bag.state)
    for content in bag.contents:
        content.quantity, content.take_out = 0, 0
    bag.state, bag.staging_location, bag.staged_at = "emptied", None, None
    db.session.flush()
    drop_take_outs(bag.id, by=by)
    record_package(bag.order, bag, "order.bag_emptied", by=by, at=at)
    settle_order(bag.order, by=by, occurred_at=at)
    return bag


def record_package(order: Order, bag: Package, type_: str, *, by: Actor, at: datetime | None) -> None:
    """Every change of a bag is a change of its order."""
    db.session.flush()
    record_order(order, type_, by=by, occurred_at=at, extra={"package": package_shape(bag)})


def _lines_of(order: Order, contents: Mapping[str, int]) -> list[tuple[OrderLine, int]]:
    known = {line.line_id: line for line in order.lines}
    if not contents:
        raise Invalid.at("/contents", "A bag needs something in it.")
    for line_id, pieces in contents.items():
        if line_id not in known or pieces < 1:
            raise Invalid.at(
                "/contents",
                sentence("Line %(line_id)s cannot be packed with %(pieces)s pieces.", line_id=line_id, pieces=pieces),
            )
    return [(known[line_id], pieces) for line_id, pieces in contents.items()]


def _check_loose(lines: Sequence[tuple[OrderLine, int]]) -> None:
    for line, pieces in lines:
        loose = loose_pieces(line)
        if pieces > loose:
            raise WrongState(
                sentence("Only %(loose)s of %(item)s wait to be packed.", loose=loose, item=line.item.name),
                line_id=line.line_id,
                loose=loose,
            )


def _check_bulky(lines: Sequence[tuple[OrderLine, int]]) -> None:
    bulky = [line.item.name for line, _ in lines if "bulky" in line.item.handling]
    if bulky and sum(pieces for _, pieces in lines) > 1:
        raise Conflict(sentence("%(item)s is bulky: it is a package of its own.", item=bulky[0]))


def _zone_of(lines: Sequence[tuple[OrderLine, int]], wanted: str | None) -> str:
    zones = {line.item.temperature for line, _ in lines} | ({wanted} if wanted is not None else set())
    if len(zones) > 1:
        raise WrongZone(
            sentence("These do not go into one bag: %(zones)s.", zones=", ".join(sorted(zones))), zones=sorted(zones)
        )
    return zones.pop()


def _next_number(order: Order) -> int:
    last = db.session.scalar(select(func.max(Package.number)).where(Package.order_id == order.id))
    return (last or 0) + 1


def _set_tag(bag: Package, tag: str) -> None:
    if not tag or len(tag) > 64 or not tag.isprintable() or tag != tag.strip():
        raise Invalid.at("/tag", "A tag has 1 to 64 printable signs.")
    _check_no_other_code(bag, tag)
    other = db.session.scalar(
        select(Package.id).where(Package.store_id == bag.store_id, Package.tag == tag, Package.state.in_(IN_STORE))
    )
    if other is not None and other != bag.id:
        raise Conflict("This tag hangs on another bag.")
    bag.tag = tag


def _check_no_other_code(bag: Package, tag: str) -> None:
    """The scan of a place or of goods is a mistake of the hand, and would hang on the bag for good."""
    codes = db.session.scalars(select(StagingLocation.code).where(StagingLocation.store_id == bag.store_id)).all()
    if tag.upper() in codes:
        raise Conflict(sentence("%(tag)s is a place, not a tag.", tag=tag))
    if re.fullmatch(place_pattern(codes), tag.upper()):
        raise Conflict(sentence("%(tag)s is no place of this store.", tag=tag))
    if item_by_gtin(tag) is not None:
        raise Conflict(sentence("%(tag)s is a piece of goods, not a tag.", tag=tag))
