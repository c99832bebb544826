"""The sentence that is read out on the phone, and what happened, in words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from omni_pickup import clock
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.pages import local_day, local_time
from omni_pickup.queries.orders.order_sheets import OrderSheet
from omni_pickup.queries.promises.estimates import delayed_until

#: What an event is called on the sheet; others are for machines.
_STEPS = {
    "order.received": lazy_gettext("Received"),
    "order.picking_started": lazy_gettext("Picking started"),
    "order.pieces_picked": lazy_gettext("Pieces picked"),
    "order.picked": lazy_gettext("All picked"),
    "order.short_picked": lazy_gettext("Not found, customer asked"),
    "order.question_answered": lazy_gettext("Customer answered"),
    "order.bag_packed": lazy_gettext("Bag packed"),
    "order.bag_staged": lazy_gettext("Bag staged"),
    "order.bag_missing": lazy_gettext("Bag not at its place"),
    "order.ready": lazy_gettext("Ready"),
    "order.set_back": lazy_gettext("Set back"),
    "order.notified": lazy_gettext("Customer told"),
    "order.message_resent": lazy_gettext("Message sent again"),
    "order.on_my_way": lazy_gettext("Customer on the way"),
    "order.arrived": lazy_gettext("Customer is here"),
    "order.arrival_taken_back": lazy_gettext("Customer is not here yet"),
    "order.check_in_taken": lazy_gettext("Somebody goes"),
    "order.code_verified": lazy_gettext("Code checked"),
    "order.handed_over": lazy_gettext("Handed over"),
    "order.handoff_undone": lazy_gettext("Handoff taken back"),
    "order.collected": lazy_gettext("Collected"),
    "order.collector_changed": lazy_gettext("Collector named"),
    "order.refund_due": lazy_gettext("Refund due told to the shop"),
    "order.refund_withdrawn": lazy_gettext("Refund no longer due"),
    "order.cancel_asked": lazy_gettext("Cancelling asked for"),
    "order.cancelled": lazy_gettext("Cancelled"),
    "order.line_cancelled": lazy_gettext("Pieces cancelled"),
    "order.expired": lazy_gettext("Not collected in time"),
    "order.promise_changed": lazy_gettext("New promise"),
    "order.delay_expected": lazy_gettext("Delay told"),
    "order.hold_extended": lazy_gettext("Kept longer"),
    "order.pieces_put_back": lazy_gettext("Pieces put back"),
    "order.moved": lazy_gettext("Moved to another store"),
}


def step_words(type_: str) -> str | None:
    """What to call an event, or None when people need not see it."""
    return str(_STEPS[type_]) if type_ in _STEPS else None


def sentence(sheet: OrderSheet) -> str:
    """How the order stands, to be read out: where it is, when it is ready, how much of it."""
    order = sheet.order
    if any(question.state == "open" for question in sheet.questions):
        return str(_("We asked you about a piece that we could not find."))
    if order.state == "ready":
        return str(_("Ready, kept until %(when)s.", when=_kept_until(order)))
    if order.state in ("collected", "cancelled", "expired"):
        return _ended(order)
    return _under_way(sheet)


def _under_way(sheet: OrderSheet) -> str:
    order, all_ = sheet.order, sheet.open_pieces
    if order.state == "received":
        pieces = ngettext("%(num)s piece", "%(num)s pieces", all_)
        stands = _("Not started yet, %(pieces)s", pieces=pieces)
    elif order.state == "picked":
        stands = _("Picked and being bagged")
    else:
        stands = _("Being picked, %(done)s of %(all)s pieces", done=sheet.picked_pieces, all=all_)
    return f"{stands}, {_by_when(order)}."


def _by_when(order: Order) -> str:
    """The time that its customer knows; a time that is over is not said as if it were still to come."""
    known = delayed_until(order, clock.now()) or order.promised_at
    time = when(known, order.store)
    if known < clock.now():
        return str(_("late: it should have been ready by %(time)s", time=time))
    return str(_("ready by %(time)s", time=time))


def expectation(order: Order) -> str | None:
    """When it will be ready, once its customer was told that it will be later than promised."""
    ready_by = delayed_until(order, clock.now())
    return None if ready_by is None else when(ready_by, order.store)


def _ended(order: Order) -> str:
    at = when(order.collected_at or order.cancelled_at or order.expired_at or order.updated_at, order.store)
    if order.state == "collected":
        return str(_("Collected %(when)s.", when=at))
    if order.state == "cancelled":
        return str(_("Cancelled %(when)s.", when=at))
    return str(_("Not collected in time, closed %(when)s.", when=at))


def _kept_until(order: Order) -> str:
    return when(order.hold_until, order.store) if order.hold_until else str(_("you come"))


def when(at: datetime, store: Store) -> str:
    """The clock time, with its day when that is not today."""
    time = local_time(at, store)
    if local_day(at, store) == local_day(clock.now(), store):
        return time
    return f"{local_day(at, store)}, {time}"
