"""Staging: bags wait at their place. The order is ready when all of them do, and nothing is open."""

from __future__ import annotations

from datetime import datetime

from omni_pickup import clock, time_limits
from omni_pickup.errors import TakeOutFirst, TooLate, WrongState, WrongZone
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package
from omni_pickup.models.stores import StagingLocation
from omni_pickup.queries.picking.packages import IN_STORE, get_staging_location, lock_package
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.unsent_messages import drop_unsent
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.bag_contents import bags_of, unstage
from omni_pickup.services.picking.packages import record_package
from omni_pickup.services.picking.searches import close_searches

#: What people say for the zones.
_WORDS = {"ambient": "a room-temperature place", "chilled": "a fridge", "frozen": "a freezer"}


def stage_bag(package: Package, location_code: str, *, by: Actor, at: datetime | None = None) -> Package:
    """Put the bag at its place, or at another one; the same place again answers quietly.

    Raises NotFound for an unknown place, WrongZone in words, TakeOutFirst, WrongState.
    """
    bag = lock_package(package)
    place = get_staging_location(location_code, bag.store_id)
    if bag.state == "staged" and bag.staging_location_id == place.id:
        return bag
    if bag.state not in IN_STORE or bag.order.state not in ORDER_OPEN_STATES:
        raise WrongState("This bag does not wait for its customer any more.", state=bag.state)
    _check_zone(bag, place)
    if bag.take_out:
        raise TakeOutFirst(_take_out_words(bag))
    bag.staging_location, bag.state, bag.staged_at = place, "staged", at or clock.now()
    db.session.flush()
    close_searches(bag, by=by)
    record_package(bag.order, bag, "order.bag_staged", by=by, at=at)
    settle_order(bag.order, by=by, occurred_at=at)
    return bag


def unstage_bag(package: Package, *, by: Actor, at: datetime | None = None) -> Package:
    """The bag is in somebody's hands again. A bag that stands nowhere stays as it is."""
    bag = lock_package(package)
    if bag.state == "packed" and bag.staging_location_id is None:
        return bag
    if bag.state not in IN_STORE:
        raise WrongState("This bag has left the store.", state=bag.state)
    unstage(bag)
    bag.staging_location = None
    record_package(bag.order, bag, "order.bag_unstaged", by=by, at=at)
    settle_order(bag.order, by=by, occurred_at=at)
    return bag


def undo_ready(order: Order, *, by: Actor, at: datetime | None = None) -> Order:
    """Ready was said too soon: the bags count as not staged until they are scanned to their places again.

    Raises WrongState when the order is not ready, TooLate when its time is over.
    """
    if order.state == "picked":
        return order
    if order.state != "ready" or order.ready_at is None:
        raise WrongState(
            sentence("Order %(number)s is %(state)s, not ready.", number=order.number, state=order.state),
            state=order.state,
        )
    if clock.now() > order.ready_at + time_limits.undo():
        raise TooLate
    for bag in bags_of(order.id):
        unstage(bag)
    drop_unsent(order.id, "ready")
    record_order(order, "order.ready_undone", by=by, occurred_at=at)
    settle_order(order, by=by, occurred_at=at)
    return order


def _check_zone(bag: Package, place: StagingLocation) -> None:
    if bag.zone != place.zone:
        needed, found = (_WORDS.get(zone, f"a {zone} place") for zone in (bag.zone, place.zone))
        raise WrongZone(
            sentence(
                "%(place)s is %(found)s, and this bag needs %(needed)s.", place=place.code, found=found, needed=needed
            ),
            place=place.code,
            zone=place.zone,
            needed=bag.zone,
        )


def _take_out_words(bag: Package) -> str:
    names = [f"{content.take_out} x {content.order_line.item.name}" for content in bag.contents if content.take_out]
    return sentence("Take %(things)s out of bag %(n)s first.", things=", ".join(names), n=bag.number)
