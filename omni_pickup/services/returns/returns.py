"""Returns as the customer and the channel see them: announced, cancelled, run out, refunded by the channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import ExternalIdConflict
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.queries.returns.returnable_lines import best_line, claimed_pieces, judge, order_family
from omni_pickup.queries.returns.returns import find_return, get_return_by_key
from omni_pickup.queries.stock.items import items_by_sku
from omni_pickup.services.customers.order_links import token_of
from omni_pickup.services.meanings import Findings
from omni_pickup.services.returns.return_states import move_return, record_return
from omni_pickup.services.returns.return_values import (
    Announcement,
    SaidLine,
    find_order,
    new_contact,
    read_announcement,
)

#: How long announced goods may stay away.
ANNOUNCED_FOR = timedelta(days=14)
SOURCES = ("channel", "customer", "desk")


def announce_return(
    values: Mapping[str, Any], *, client_id: int | None, source: str, by: Actor, at: datetime | None = None
) -> tuple[Return, bool]:
    """Announce goods from the contract's JSON; returns the return and whether it is new.

    An `external_id` that the channel used before answers with its return when order, store and lines are the same,
    else raises ExternalIdConflict. Raises Invalid, with pointers, for wrong values, for a line that the order does
    not have, and for more pieces than were ordered and not called off, announced or returned before.
    """
    announcement = read_announcement(values)
    order = find_order(announcement, client_id=client_id)
    family = [] if order is None else order_family(order)
    known = _known_return(announcement, client_id)
    if known is not None:
        return known, False
    moment = at or clock.now()
    lines = _judged_lines(announcement, family, at=moment)
    head = _head(announcement, order, client_id=client_id, source=source, at=moment)
    if head["store_id"] is not None:
        enter_floor(head["store_id"])
    return_id = insert_if_absent(Return, head, keys=("client_id", "external_id"))
    if return_id is None:
        known = _known_return(announcement, client_id)
        if known is None:
            raise ExternalIdConflict
        return known, False
    ret = get_return_by_key(return_id)
    ret.lines.extend(lines)
    ret.contact = new_contact(announcement.customer, order)
    record_return(ret, "return.announced", by=by, occurred_at=at)
    return ret, True


def cancel_return(ret: Return, *, reason: str | None = None, by: Actor, at: datetime | None = None) -> Return:
    """The customer keeps the goods. A cancelled return stays as it is; WrongState once goods have arrived."""
    if ret.state != "cancelled":
        ret.contact.closing_reason = None if reason is None else reason[:200]
        move_return(ret, "cancelled", by=by, occurred_at=at)
    return ret


def expire_due_returns(now: datetime, limit: int) -> int:
    """Close at most `limit` returns whose goods stayed away too long; returns how many there were."""
    due = db.session.scalars(
        select(Return.id)
        .where(Return.state == "announced", Return.expires_at <= now)
        .order_by(Return.expires_at)
        .limit(limit)
    ).all()
    expired = 0
    for return_id in due:
        ret = get_return_by_key(return_id)
        # Goods may have reached a desk between the look and the lock.
        if ret.state == "announced":
            move_return(ret, "expired", by=SYSTEM, occurred_at=now)
            expired += 1
    return expired


def _known_return(announcement: Announcement, client_id: int | None) -> Return | None:
    if announcement.external_id is None:
        return None
    known = find_return(client_id, announcement.external_id)
    if known is not None and known.fingerprint != announcement.fingerprint():
        raise ExternalIdConflict(f"Return {announcement.external_id} was announced with other lines.")
    return known


def _head(
    announcement: Announcement, order: Order | None, *, client_id: int | None, source: str, at: datetime
) -> dict[str, Any]:
    public_id = keys.new_id("ret")
    return {
        "public_id": public_id,
        "client_id": client_id,
        "external_id": announcement.external_id,
        "fingerprint": announcement.fingerprint(),
        "order_id": None if order is None else order.id,
        "order_external_id": announcement.order_ref.get("external_id") or (order.external_id if order else None),
        "store_id": None if announcement.store is None else announcement.store.id,
        "source": source,
        "currency": None if order is None else order.currency,
        "announced_at": at,
        "expires_at": at + ANNOUNCED_FOR,
        "link_digest": keys.digest(token_of("return-link", public_id, 1)),
        "updated_at": clock.now(),
    }


def _judged_lines(announcement: Announcement, family: list[Order], *, at: datetime) -> list[ReturnLine]:
    """The return's lines with their verdicts; all of what is wrong is answered at once."""
    findings = Findings()
    claimed = claimed_pieces(line.id for order in family for line in order.lines)
    items = items_by_sku(said.sku for said in announcement.lines)
    made: list[ReturnLine] = []
    for number, said in enumerate(announcement.lines):
        below = f"/lines/{number}"
        candidates = _candidates(said, family)
        if family and not candidates:
            findings.add(below, "The order has no such line.")
            continue
        line = _line(said, number + 1, items.get(said.sku))
        if candidates:
            order_line = best_line(candidates, claimed)
            _check_quantity(said, order_line, claimed.get(order_line.id, 0), findings, below)
            _judge(line, order_line, claimed.get(order_line.id, 0), at=at)
            claimed[order_line.id] = claimed.get(order_line.id, 0) + said.pieces
        made.append(line)
    findings.settle()
    return made


def _candidates(said: SaidLine, family: list[Order]) -> list[OrderLine]:
    """The lines that the customer may mean: by line id and SKU, a substitute also by the line that it replaces."""
    found: list[OrderLine] = []
    for order in family:
        names = {line.id: line.line_id for line in order.lines}
        for line in order.lines:
            replaced = names.get(line.substitute_of_id) if line.substitute_of_id is not None else None
            if line.item.sku == said.sku and said.line_id in (None, line.line_id, replaced):
                found.append(line)
    return found


def _line(said: SaidLine, position: int, item: Item | None) -> ReturnLine:
    return ReturnLine(
        line_id=said.line_id or str(position),
        position=position,
        item=item,
        sku=said.sku,
        said=said.pieces,
        reason=said.reason,
        returnable=item is None or item.returnable,
        rule=None if item is None or item.returnable else "not_returnable",
    )


def _check_quantity(said: SaidLine, line: OrderLine, claimed: int, findings: Findings, below: str) -> None:
    left = line.ordered - line.cancelled - claimed
    if said.pieces > left:
        findings.add(f"{below}/quantity", f"Only {max(0, left)} of this line can still be announced.")


def _judge(line: ReturnLine, order_line: OrderLine, claimed: int, *, at: datetime) -> None:
    judged = judge(order_line, pieces=line.said, claimed=claimed, at=at)
    line.order_line = order_line
    line.unit_price_minor = order_line.unit_price_minor
    line.returnable, line.rule = judged.returnable, judged.rule
