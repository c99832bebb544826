"""Pieces that the customer will not get: off the shelf they are let go of, in our hands they are carried back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.queries.stock.till_sales import open_pieces, sold_pieces
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.picking.bag_contents import flag_pieces, loose_pieces
from omni_pickup.services.picking.pick_tasks import cancel_unpicked
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, release_pieces
from omni_pickup.services.stock.till_sales import take_back_sold


def close_pieces(
    order: Order,
    wanted: Mapping[int, int],
    *,
    reason: str,
    by: Actor,
    at: datetime | None = None,
) -> None:
    """Close pieces by line id as cancelled, those that nobody fetched yet first; items in the one lock order.

    `reason` is the word on the put-back task (`cancelled`, `expired`). The caller settles the order.
    """
    stays_open = sum(line.open - wanted.get(line.id, 0) for line in order.lines) > 0
    for line in sorted(order.lines, key=lambda line: (line.item_id, line.id)):
        pieces = wanted.get(line.id, 0)
        if not pieces:
            continue
        forget_till_sales(order, line, pieces, by=by)
        on_shelf = min(pieces, line.open - line.picked)
        _release(order, line, on_shelf, reason=reason, by=by, at=at)
        in_bags = max(0, pieces - on_shelf - loose_pieces(line))
        _count_closed(line, on_shelf, pieces - on_shelf)
        cancel_unpicked(line, on_shelf)
        _carry_back(order, line, pieces - on_shelf, in_bags, reason=reason, stays_open=stays_open, by=by)
        recheck_deficit(order.store_id, line.item_id, by=by)


def forget_till_sales(order: Order, line: OrderLine, pieces: int, *, by: Actor) -> None:
    """Pieces that are about to close cannot have been sold: what the till sold beyond the rest is taken back."""
    stays_open = open_pieces(order.id, line.item_id) - pieces
    surplus = sold_pieces(order.id, line.item_id) - stays_open
    if surplus > 0:
        take_back_sold(line, surplus, store_id=order.store_id, by=by)


def _release(order: Order, line: OrderLine, pieces: int, *, reason: str, by: Actor, at: datetime | None) -> None:
    cause = Cause("release", by, reason=reason, order_id=order.id, order_line_id=line.id, occurred_at=at)
    release_pieces(order.store_id, {line.item_id: pieces}, cause=cause)


def _count_closed(line: OrderLine, on_shelf: int, in_hand: int) -> None:
    line.open -= on_shelf + in_hand
    line.picked -= in_hand
    line.cancelled += on_shelf + in_hand
    line.to_put_back += in_hand
    trim_endangered(line)


def trim_endangered(line: OrderLine) -> bool:
    """Only pieces that nobody has fetched yet can be missing; True when some are no longer, so others may be."""
    before = line.endangered
    line.endangered = min(line.endangered, line.open - line.picked)
    return line.endangered < before


def _carry_back(
    order: Order, line: OrderLine, pieces: int, in_bags: int, *, reason: str, stays_open: bool, by: Actor
) -> None:
    flagged = flag_pieces(line, in_bags) if in_bags else []
    about = {"store_id": order.store_id, "item_id": line.item_id, "order_id": order.id, "order_line_id": line.id}
    # The rest of an order that is still wanted must not leave with the piece; a closed one has time.
    if stays_open:
        for bag, count in flagged:
            open_task("take_out", reason=reason, by=by, quantity=count, package_id=bag.id, **about)
    if pieces:
        bag_id = flagged[0][0].id if flagged else None
        open_task("put_back", reason=reason, by=by, quantity=pieces, package_id=bag_id, **about)
