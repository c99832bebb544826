"""Orders on their way from the tote to the shelf: bags to make, bags to carry, and where each should go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.packages import Package, PackageContent
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.papers.paper_facts import bag_code
from omni_pickup.queries.papers.papers import BagCode
from omni_pickup.queries.picking.packages import IN_STORE
from omni_pickup.rules.bag_plans import BagPlan, LoosePieces, Place, choose_place, plan_bags
from omni_pickup.rules.codes import short_name
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES

#: Orders on one screen; the others follow when these are done.
MOST = 40


@dataclass(frozen=True, slots=True)
class StagingBag:
    """A bag of the order, counted from 1 over those that exist; `place` is where it stands or should go."""

    number: int
    package: Package
    place: str | None
    kind: str

    @property
    def is_staged(self) -> bool:
        return self.package.state == "staged"


@dataclass(frozen=True, slots=True)
class StagingRow:
    """One order: its bags, the bags that its loose pieces should make, and what is still missing.

    Every walk has a tote A: `picker` is the first name of whoever filled this order's newest one, or empty.
    """

    order: Order
    letter: str
    code: BagCode
    name: str
    bags: Sequence[StagingBag]
    plans: Sequence[BagPlan]
    to_pick: int
    asked: bool
    picker: str

    @property
    def count(self) -> int:
        """Bags in the end."""
        return len(self.bags) + len(self.plans)

    @property
    def lines(self) -> dict[str, OrderLine]:
        """The order's lines by the channel's id."""
        return {line.line_id: line for line in self.order.lines}


def staging_rows(store: Store, *, wave: Wave | None = None, order: Order | None = None) -> list[StagingRow]:
    """What has to be bagged or carried: of the whole store, of one walk, or of one order."""
    if order is not None:
        orders = [order]
    elif wave is not None:
        orders = [tote.order for tote in wave.totes if tote.order.state in ORDER_OPEN_STATES]
    else:
        orders = _waiting_orders(store)
    ids = [one.id for one in orders]
    totes, bags, packed = _totes(ids), _bags(ids), _packed(ids)
    to_pick, asked = _to_pick(ids), _asked(ids)
    suggest = _Suggestions(store)
    return [
        StagingRow(
            order=one,
            letter=totes.get(one.id, ("", ""))[0],
            code=bag_code(one),
            name=short_name(one.contact.name or ""),
            bags=[suggest.bag(number, bag, bags[one.id]) for number, bag in enumerate(bags[one.id], 1)],
            plans=plan_bags(_loose(line, packed.get(line.id, 0)) for line in one.lines),
            to_pick=to_pick.get(one.id, 0),
            asked=one.id in asked,
            picker=totes.get(one.id, ("", ""))[1],
        )
        for one in orders
    ]


def staging_places(store: Store) -> list[StagingLocation]:
    """Where bags may wait, by code."""
    return list(
        db.session.scalars(
            select(StagingLocation)
            .where(StagingLocation.store_id == store.id, StagingLocation.active)
            .order_by(StagingLocation.code)
        )
    )


class _Suggestions:
    """Places for bags in hand; each suggestion counts, so that the next bag is sent elsewhere."""

    def __init__(self, store: Store) -> None:
        rows = db.session.execute(
            select(Package.staging_location_id, func.count())
            .where(Package.store_id == store.id, Package.state == "staged")
            .group_by(Package.staging_location_id)
        )
        standing = {place_id: int(bags) for place_id, bags in rows}
        self._kinds: dict[str, str] = {}
        self._places: list[Place] = []
        for place in staging_places(store):
            self._kinds[place.code] = place.kind
            self._places.append(Place(place.code, place.zone, place.kind, standing.get(place.id, 0)))

    def bag(self, number: int, bag: Package, of_order: Sequence[Package]) -> StagingBag:
        if bag.staging_location is not None and bag.state == "staged":
            return StagingBag(number, bag, bag.staging_location.code, bag.staging_location.kind)
        beside = [other.staging_location.code for other in of_order if other.staging_location is not None]
        bulky = any("bulky" in content.order_line.item.handling for content in bag.contents)
        code = choose_place(self._places, zone=bag.zone, bulky=bulky, beside=beside)
        self._places = [Place(one.code, one.zone, one.kind, one.bags + (one.code == code)) for one in self._places]
        return StagingBag(number, bag, code, self._kinds.get(code or "", "shelf"))


def _waiting_orders(store: Store) -> list[Order]:
    """Picked ones, and those with a bag that stands nowhere; the earliest promise first."""
    in_hand = Order.id.in_(select(Package.order_id).where(Package.store_id == store.id, Package.state == "packed"))
    return list(
        db.session.scalars(
            select(Order)
            .where(
                Order.store_id == store.id, Order.state.in_(ORDER_OPEN_STATES), or_(Order.state == "picked", in_hand)
            )
            .order_by(Order.promised_at, Order.id)
            .limit(MOST)
        ).unique()
    )


def _totes(order_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The letter of each order's newest tote, and the first name of who walked with it."""
    rows = db.session.execute(
        select(Tote.order_id, Tote.letter, Staff.name)
        .join(Wave, Wave.id == Tote.wave_id)
        .outerjoin(Staff, Staff.id == Wave.picker_id)
        .where(Tote.order_id.in_(order_ids))
        .order_by(Tote.id)
    )
    return {order_id: (str(letter), (name or "").partition(" ")[0]) for order_id, letter, name in rows}


def _bags(order_ids: Sequence[int]) -> dict[int, list[Package]]:
    found: dict[int, list[Package]] = defaultdict(list)
    for bag in db.session.scalars(
        select(Package)
        .where(Package.order_id.in_(order_ids), Package.state.in_(IN_STORE))
        .order_by(Package.order_id, Package.number)
    ).unique():
        found[bag.order_id].append(bag)
    return found


def _packed(order_ids: Sequence[int]) -> dict[int, int]:
    """Pieces in bags by line, without those that must leave their bag again."""
    rows = db.session.execute(
        select(PackageContent.order_line_id, func.sum(PackageContent.quantity - PackageContent.take_out))
        .join(Package, Package.id == PackageContent.package_id)
        .where(Package.order_id.in_(order_ids), Package.state.in_(IN_STORE))
        .group_by(PackageContent.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in rows}


def _to_pick(order_ids: Sequence[int]) -> dict[int, int]:
    left = func.sum(PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled)
    rows = db.session.execute(
        select(PickTask.order_id, left)
        .where(PickTask.order_id.in_(order_ids), PickTask.state.in_(("queued", "assigned")))
        .group_by(PickTask.order_id)
    )
    return {order_id: int(pieces) for order_id, pieces in rows}


def _asked(order_ids: Sequence[int]) -> set[int]:
    return set(
        db.session.scalars(select(Question.order_id).where(Question.order_id.in_(order_ids), Question.state == "open"))
    )


def _loose(line: OrderLine, packed: int) -> LoosePieces:
    return LoosePieces(line.line_id, line.picked - packed, line.item.temperature, "bulky" in line.item.handling)
