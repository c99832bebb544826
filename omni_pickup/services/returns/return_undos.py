"""Taking back what was just counted in at the return desk, before the inspection is finished."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.order_states import paid_for
from omni_pickup.services.returns.return_states import record_return


def undo_piece(ret: Return, line: ReturnLine, *, store: Store, by: Actor, at: datetime | None = None) -> ReturnLine:
    """One counted piece of `line` was a mistake: it lies on the counter again, uncounted and unjudged.

    The original order line gets it back as collected, and what was promised for it is due no more. Raises
    WrongState when nothing of the line was counted, and once the inspection is finished.
    """
    if ret.state != "received" or ret.store_id != store.id or not line.counted:
        raise WrongState("There is nothing to undo.", state=ret.state)
    line.counted -= 1
    if line.accepted:
        line.accepted -= 1
        if line.order_line is not None:
            _give_back(line, line.order_line)
    if not line.counted:
        _forget_judgement(line)
    told = {"line_id": line.line_id, "pieces": 1}
    record_return(ret, "return.piece_taken_back", by=by, occurred_at=at, extra={"taken_back": told})
    return line


def _give_back(line: ReturnLine, order_line: OrderLine) -> None:
    get_order_by_key(order_line.order_id)
    db.session.refresh(order_line, ["returned"])
    order_line.returned -= 1
    db.session.flush()
    promised = db.session.scalar(
        select(func.coalesce(func.sum(ReturnLine.refund_minor), 0)).where(ReturnLine.order_line_id == order_line.id)
    )
    above = int(promised or 0) - paid_for(order_line, order_line.returned)
    line.refund_minor -= min(line.refund_minor, max(0, above))


def _forget_judgement(line: ReturnLine) -> None:
    line.counted = None
    line.condition = line.serial = line.bin = line.rule = None
    line.proposed_disposition = line.disposition = line.overridden_by_id = None
    line.refund_minor, line.returnable = 0, True
