"""Which command of a tablet is which service, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.floor_tasks import get_floor_task
from omni_pickup.queries.stock.items import get_item
from omni_pickup.services.customers.check_ins import check_in, take_check_in
from omni_pickup.services.floor.floor_answers import (
    bag_answer,
    code_answer,
    handoff_answer,
    order_part,
    task_answer,
    wave_answer,
)
from omni_pickup.services.floor.floor_payloads import Action
from omni_pickup.services.floor.floor_return_kinds import RETURN_KINDS
from omni_pickup.services.floor.floor_work_kinds import WORK_KINDS
from omni_pickup.services.floor_tasks import task_shape as floor_task_shape
from omni_pickup.services.handoff.handoff_checks import check_code, find_by_code
from omni_pickup.services.handoff.handoff_plans import LineResult
from omni_pickup.services.handoff.handoff_undos import get_handoff, undo_handoff
from omni_pickup.services.handoff.handoffs import hand_over, note_nobody_came
from omni_pickup.services.picking.found_pieces import report_found
from omni_pickup.services.picking.packages import bind_tag, empty_bag, pack_bag, take_out_piece
from omni_pickup.services.picking.picks import pick_pieces, undo_pick
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.questions import get_question, propose_substitute
from omni_pickup.services.picking.searches import report_missing_bag
from omni_pickup.services.picking.short_pick_ends import get_short_pick, undo_short_pick
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.staging import stage_bag, undo_ready, unstage_bag
from omni_pickup.services.picking.waves import (
    finish_wave,
    pause_wave,
    pick_order_now,
    pull_out_order,
    release_wave,
    resume_wave,
    take_over_wave,
)
from omni_pickup.services.stock.stock_counts import record_count

Effect = Callable[[Action], dict[str, Any]]


def _pick(action: Action) -> dict[str, Any]:
    return task_answer(
        pick_pieces(
            action.task(),
            pieces=action.count("pieces", 1),
            scanned=action.maybe_text("scanned"),
            keyholder=action.flag("keyholder"),
            by=action.by,
            at=action.at,
        )
    )


def _undo_pick(action: Action) -> dict[str, Any]:
    return task_answer(undo_pick(action.task(), pieces=action.count("pieces", 1), by=action.by, at=action.at))


def _short(action: Action) -> dict[str, Any]:
    task = action.task()
    short = short_pick(task, pieces=action.count("pieces", 1), reason=action.text("reason"), by=action.by, at=action.at)
    return {"short_pick": None if short is None else short.public_id, **task_answer(task)}


def _undo_short(action: Action) -> dict[str, Any]:
    short = undo_short_pick(get_short_pick(action.text("short_pick"), action.store.id), by=action.by, at=action.at)
    return {"short_pick": short.public_id, **order_part(get_order_by_key(short.order_id))}


def _found(action: Action) -> dict[str, Any]:
    item = get_item(action.text("sku"))
    back = report_found(
        action.store,
        item,
        action.count("pieces", 1),
        location=action.maybe_text("location"),
        by=action.by,
        at=action.at,
    )
    return {"sku": item.sku, "back_to_orders": back}


def _propose(action: Action) -> dict[str, Any]:
    question = get_question(action.text("question"))
    order = get_order_by_key(question.order_id)
    if order.store_id != action.store.id:
        raise NotFound("There is no such question here.")
    propose_substitute(question, action.item(), by=action.by)
    return {"question": question.public_id, **order_part(order)}


def _bag(action: Action) -> dict[str, Any]:
    contents = {str(line_id): pieces for line_id, pieces in action.mapping("contents").items()}
    if not all(isinstance(pieces, int) and not isinstance(pieces, bool) for pieces in contents.values()):
        raise Invalid.at("/payload/contents", "Contents are pieces by line.")
    return bag_answer(
        pack_bag(
            action.order(),
            contents=contents,
            tag=action.maybe_text("tag"),
            zone=action.maybe_text("zone"),
            by=action.by,
            at=action.at,
        )
    )


def _take_out(action: Action) -> dict[str, Any]:
    return bag_answer(
        take_out_piece(
            action.bag(), action.text("line_id"), pieces=action.count("pieces", 1), by=action.by, at=action.at
        )
    )


def _not_here(action: Action) -> dict[str, Any]:
    bag = action.bag()
    task = report_missing_bag(bag, by=action.by, at=action.at)
    return {"search": floor_task_shape(task), **bag_answer(bag)}


def _check_in(action: Action) -> dict[str, Any]:
    order = action.order()
    check_in(
        order,
        kind=action.maybe_text("kind") or "here",
        source="staff",
        bay=action.maybe_text("bay"),
        vehicle=action.maybe_text("vehicle"),
        by=action.by,
        at=action.at,
    )
    return order_part(order)


def _take(action: Action) -> dict[str, Any]:
    """Who is here is fetched before who is on the way; one tablet need not know the announcement's key."""
    order = action.order()
    row = db.session.scalars(
        select(CheckIn)
        .where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None))
        .order_by(CheckIn.kind, CheckIn.id)
        .limit(1)
    ).first()
    if row is None:
        raise NotFound("Nobody waits for this order.")
    take_check_in(row, by=action.by, at=action.at)
    return {"taken_by": action.person().public_id, **order_part(order)}


def _hand_over(action: Action) -> dict[str, Any]:
    expected = action.payload.get("expected")
    return handoff_answer(
        hand_over(
            action.order(),
            scanned_packages=action.texts("bags"),
            method=action.text("method"),
            given_checks=action.texts("checks"),
            lines=_results(action) if action.payload.get("lines") is not None else None,
            by_collector=action.flag("by_collector"),
            paid_receipt=action.maybe_text("receipt"),
            expected_version=None if expected is None else action.count("expected"),
            by=action.by,
            at=action.at,
        )
    )


def _results(action: Action) -> Mapping[str, LineResult]:
    results: dict[str, LineResult] = {}
    for line_id, given in action.mapping("lines").items():
        if not isinstance(given, Mapping):
            raise Invalid.at("/payload/lines", "A result is an object.")
        part = Action(action.store, action.device_id, given, action.at, action.by)
        results[str(line_id)] = LineResult(
            part.count("collected", 0), part.count("refused", 0), part.maybe_text("reason")
        )
    return results


def _nobody_came(action: Action) -> dict[str, Any]:
    return handoff_answer(
        note_nobody_came(action.order(), reason=action.maybe_text("reason"), by=action.by, at=action.at)
    )


def _undo_hand_over(action: Action) -> dict[str, Any]:
    handoff = get_handoff(action.text("handoff"), action.store.id)
    return order_part(undo_handoff(handoff, by=action.by, at=action.at))


def _put_back(action: Action) -> dict[str, Any]:
    task = put_back(
        get_floor_task(action.text("task"), action.store),
        sellable=action.count("sellable", 0),
        damaged=action.count("damaged", 0),
        missing=action.count("missing", 0),
        location=action.maybe_text("location"),
        by=action.by,
        at=action.at,
    )
    return {"task": floor_task_shape(task)}


def _count(action: Action) -> dict[str, Any]:
    task_id = action.maybe_text("task")
    count = record_count(
        action.store,
        get_item(action.text("sku")),
        action.count("counted"),
        task=None if task_id is None else get_floor_task(task_id, action.store),
        shelf_only=action.flag("shelf_only"),
        by=action.by,
        at=action.at,
    )
    return {"accepted": count.accepted, "counted": count.counted}


def _release(action: Action) -> dict[str, Any]:
    return wave_answer(
        release_wave(
            action.store,
            picker=action.person(),
            device=action.device(),
            size=action.count("size", 6),
            by=action.by,
            at=action.at,
        )
    )


def _pick_now(action: Action) -> dict[str, Any]:
    out_of, picker, device = action.maybe_wave("out_of"), action.person(), action.device()
    return wave_answer(
        pick_order_now(action.order(), picker=picker, device=device, out_of=out_of, by=action.by, at=action.at)
    )


def _pull_out(action: Action) -> dict[str, Any]:
    return wave_answer(pull_out_order(action.wave(), action.order(), by=action.by, at=action.at))


KINDS: Mapping[str, Effect] = {
    "pick": _pick,
    "undo_pick": _undo_pick,
    "short": _short,
    "undo_short": _undo_short,
    "found": _found,
    "propose": _propose,
    "bag": _bag,
    "bind_tag": lambda action: bag_answer(bind_tag(action.bag(), action.text("tag"), by=action.by, at=action.at)),
    "stage": lambda action: bag_answer(stage_bag(action.bag(), action.text("location"), by=action.by, at=action.at)),
    "unstage": lambda action: bag_answer(unstage_bag(action.bag(), by=action.by, at=action.at)),
    "empty": lambda action: bag_answer(empty_bag(action.bag(), by=action.by, at=action.at)),
    "take_out": _take_out,
    "not_here": _not_here,
    "undo_ready": lambda action: order_part(undo_ready(action.order(), by=action.by, at=action.at)),
    "check_in": _check_in,
    "take": _take,
    "check_code": lambda action: code_answer(
        check_code(action.order(), action.text("code"), by=action.by, at=action.at)
    ),
    "find_code": lambda action: code_answer(find_by_code(action.store, action.text("code"), by=action.by)),
    "hand_over": _hand_over,
    "nobody_came": _nobody_came,
    "undo_hand_over": _undo_hand_over,
    "put_back": _put_back,
    "count": _count,
    "release_wave": _release,
    "pick_now": _pick_now,
    "pause_wave": lambda action: wave_answer(pause_wave(action.wave(), by=action.by, at=action.at)),
    "resume_wave": lambda action: wave_answer(resume_wave(action.wave(), by=action.by, at=action.at)),
    "finish_wave": lambda action: wave_answer(finish_wave(action.wave(), by=action.by, at=action.at)),
    "take_over_wave": lambda action: wave_answer(
        take_over_wave(action.wave(), picker=action.person(), device=action.device(), by=action.by)
    ),
    "pull_out": _pull_out,
    **WORK_KINDS,
    **RETURN_KINDS,
}
