"""The return desk: who comes with what, counting it in, judging it, and saying what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid, ManagerNeeded, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.returns.returnable_lines import judge
from omni_pickup.queries.returns.returns import line_shape
from omni_pickup.rules.dispositions import DISPOSITIONS, propose_disposition
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.returnables import Verdict
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.returns.return_refunds import price_pieces, tell_refund_due
from omni_pickup.services.returns.return_states import move_return, record_return, settle_return

#: Rules that a manager may waive for a customer; the others are facts, not favours.
WAIVABLE = ("past_window", "not_returnable")
_ELSEWHERE = Verdict(True, None, "Bought elsewhere: can be returned here.")
_NOT_RETURNABLE = Verdict(False, "not_returnable", "This item cannot be returned.")


def receive_piece(
    ret: Return,
    line: ReturnLine,
    *,
    pieces: int,
    reason: str,
    condition: str,
    store: Store,
    serial: str | None = None,
    bin: str | None = None,  # noqa: A002 - the word on the label.
    waived: bool = False,
    by: Actor,
    at: datetime | None = None,
) -> tuple[ReturnLine, Verdict]:
    """Count pieces in at `store`, which need not be the order's; returns their line and the verdict.

    Pieces in another condition than those counted before get a line of their own. Pieces that the verdict refuses
    are counted and handed back over the counter; a manager may waive the rules of `WAIVABLE`. Accepted pieces
    are guarded on the original order line: raises Conflict with the rule when fewer were collected or more of
    them came back before. Raises WrongState for a closed return or one received in another store, Invalid for
    words outside the tables.
    """
    _check_open(ret, store)
    if pieces < 1:
        raise Invalid.at("/pieces", "At least one piece has to be counted.")
    proposed = _propose(line, reason, condition)
    judged = _verdict(line, pieces, at=at or clock.now())
    if waived and judged.rule in WAIVABLE:
        _check_manager(by)
        judged = Verdict(True, judged.rule, "Accepted by a manager.")
    target = _line_for(ret, line, reason=reason, condition=condition, serial=serial, bin_=bin, judged=judged)
    target.counted = (target.counted or 0) + pieces
    ret.store_id = store.id
    if judged.returnable:
        _accept(target, pieces)
        target.proposed_disposition = target.disposition = proposed
    db.session.flush()
    told = {"line_id": line.line_id, "pieces": pieces, "accepted": judged.returnable, "verdict": judged.sentence}
    settle_return(ret, by=by, occurred_at=at)
    record_return(ret, "return.piece_received", by=by, occurred_at=at, extra={"received": told})
    return target, judged


def override_disposition(line: ReturnLine, *, disposition: str, by: Actor, at: datetime | None = None) -> ReturnLine:
    """A manager decides otherwise than the table. Raises ManagerNeeded, Invalid, WrongState, and Conflict where
    even a manager may not sell a piece again.
    """
    _check_manager(by)
    if disposition not in DISPOSITIONS:
        raise Invalid.at("/disposition", f"A disposition is one of {', '.join(DISPOSITIONS)}.")
    if not line.accepted or line.restocked or line.routed or line.parcel_id is not None:
        raise WrongState("These pieces are not here to be decided about.")
    if disposition == "restock":
        check_sellable(line)
    before, line.disposition = line.disposition, disposition
    line.overridden_by_id = by.approver_id or by.staff_id
    change = {"line_id": line.line_id, "before": before, "after": disposition}
    record_return(line.return_order, "return.disposition_overridden", by=by, occurred_at=at, extra={"change": change})
    return line


def check_sellable(line: ReturnLine) -> None:
    """Raises Conflict for what never goes back on a shelf: recalled, chilled and frozen goods, unknown items."""
    item = line.item
    if item is None:
        raise Conflict("An item that we do not sell has no shelf here.", rule="unknown_item")
    if item.stop_sale:
        raise Conflict("This item was recalled and is kept apart.", rule="stop_sale")
    if item.temperature != "ambient":
        raise Conflict("Goods that were kept cold are not sold again.", rule="temperature")


def finish_inspection(ret: Return, *, by: Actor, at: datetime | None = None) -> Return:
    """Everything that came was seen: what is due back is told, and the pieces go their ways.

    A second tap answers quietly. Raises WrongState when nothing was counted or the return has ended.
    """
    if ret.state in ("inspected", "closed"):
        return ret
    if any(line.accepted and line.disposition is None for line in ret.lines):
        raise WrongState("Some pieces have no disposition yet.", state=ret.state)
    move_return(ret, "inspected", by=by, occurred_at=at)
    tell_refund_due(ret, by=by, at=at)
    settle_return(ret, by=by, occurred_at=at)
    return ret


def reject_return(ret: Return, *, reason: str, by: Actor, at: datetime | None = None) -> Return:
    """All pieces go back to the customer, as if they had never come. A rejected return stays as it is."""
    if ret.state == "rejected":
        return ret
    move_state = ret.state
    for line in sorted(ret.lines, key=lambda one: one.order_line_id or 0):
        if line.accepted and line.order_line is not None and move_state == "received":
            get_order_by_key(line.order_line.order_id)
            line.order_line.returned -= line.accepted
        if move_state == "received":
            line.accepted, line.refund_minor, line.disposition = 0, 0, None
    ret.contact.closing_reason = reason[:200]
    move_return(ret, "rejected", by=by, occurred_at=at)
    return ret


def close_return(ret: Return, *, by: Actor, at: datetime | None = None) -> Return:
    """Make sure that nothing is left to do. Raises WrongState with the lines whose pieces are still on the desk."""
    if settle_return(ret, by=by, occurred_at=at) != "closed":
        waiting = [line_shape(line) for line in ret.lines if line.restocked + line.routed < line.accepted]
        raise WrongState(
            sentence("Return %(number)s is not done yet.", number=ret.rma_number), state=ret.state, lines=waiting
        )
    return ret


def _check_open(ret: Return, store: Store) -> None:
    if ret.state not in ("announced", "received"):
        raise WrongState(
            sentence("Return %(number)s is %(state)s; please begin a new one.", number=ret.rma_number, state=ret.state),
            state=ret.state,
        )
    if ret.state == "received" and ret.store_id != store.id:
        raise WrongState("This return is being received in another store.", state=ret.state)


def _check_manager(by: Actor) -> None:
    people = [db.session.get(Staff, key) for key in (by.staff_id, by.approver_id) if key is not None]
    if not any(person is not None and person.active and person.has_role("manager") for person in people):
        raise ManagerNeeded


def _propose(line: ReturnLine, reason: str, condition: str) -> str:
    item = line.item
    try:
        return propose_disposition(
            reason,
            condition,
            stop_sale=item is not None and item.stop_sale,
            temperature="ambient" if item is None else item.temperature,
        )
    except RuleProblem as problem:
        field = "reason" if problem.code == "unknown_reason" else "condition"
        raise Invalid.at(f"/{field}", problem.message) from problem


def _verdict(line: ReturnLine, pieces: int, *, at: datetime) -> Verdict:
    """The verdict on what lies on the counter; raises Conflict for pieces that cannot be the customer's to return."""
    if line.order_line is None:
        return _ELSEWHERE if line.item is None or line.item.returnable else _NOT_RETURNABLE
    get_order_by_key(line.order_line.order_id)
    judged = judge(line.order_line, pieces=pieces, claimed=line.order_line.returned, at=at)
    if not judged.returnable and judged.rule not in WAIVABLE:
        raise Conflict(judged.sentence, rule=judged.rule, line_id=line.line_id)
    return judged


def _accept(line: ReturnLine, pieces: int) -> None:
    line.accepted += pieces
    order_line = line.order_line
    if order_line is None:
        return
    # The last wall against two desks at once: the counter itself says whether this many can still come back.
    done = db.session.execute(
        update(OrderLine)
        .where(OrderLine.id == order_line.id, OrderLine.returned + pieces <= OrderLine.collected)
        .values(returned=OrderLine.returned + pieces)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], done).rowcount != 1:
        raise Conflict("Every piece of this line came back already.", rule="already_returned", line_id=line.line_id)
    db.session.refresh(order_line, ["returned"])
    price_pieces(line, order_line)
    order_line.order.updated_at = line.return_order.updated_at


def _line_for(
    ret: Return,
    line: ReturnLine,
    *,
    reason: str,
    condition: str,
    serial: str | None,
    bin_: str | None,
    judged: Verdict,
) -> ReturnLine:
    """The line that counts these pieces: the given one while it is empty, one that is alike, or a new one."""
    facts: Mapping[str, Any] = {
        "reason": reason,
        "condition": condition,
        "serial": serial,
        "bin": bin_,
        "returnable": judged.returnable,
        "rule": judged.rule,
    }
    alike = [other for other in ret.lines if (other.line_id, other.sku) == (line.line_id, line.sku)]
    for other in alike:
        untouched = not other.overridden_by_id and serial is None
        if other.counted and untouched and all(getattr(other, name) == value for name, value in facts.items()):
            return other
    target = next((other for other in alike if not other.counted), None)
    if target is None:
        target = ReturnLine(
            line_id=line.line_id,
            position=max(other.position for other in ret.lines) + 1,
            order_line=line.order_line,
            item=line.item,
            sku=line.sku,
            said=0,
            accepted=0,
            restocked=0,
            routed=0,
            refund_minor=0,
            unit_price_minor=line.unit_price_minor,
        )
        ret.lines.append(target)
    for name, value in facts.items():
        setattr(target, name, value)
    return target
