"""Why nothing of an order may be given now, and where that is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from omni_pickup.board.addresses import order_address, staging_address
from omni_pickup.queries.handoff.handoff_sheets import HandoffBag, HandoffSheet


@dataclass(frozen=True, slots=True)
class Stop:
    """A sentence and what follows from it; the button that leads on."""

    words: str
    more: str
    label: str
    address: str
    icon: str


def stop_of(sheet: HandoffSheet) -> Stop | None:
    """The first thing that must happen elsewhere before this order can be handed over."""
    return next((stop for find in _STOPS if (stop := find(sheet)) is not None), None)


def take_out_words(bag: HandoffBag) -> str:
    """`Take 1 Blue mug out of bag 2 first`."""
    names = ", ".join(f"{content.take_out} {content.line.item.name}" for content in bag.contents if content.take_out)
    return str(_("Take %(what)s out of bag %(n)s first", what=names, n=bag.bag.number))


def _to_sheet(sheet: HandoffSheet, words: str, more: str, icon: str) -> Stop:
    return Stop(words, more, _("Order sheet"), order_address(sheet.order.number), icon)


def _to_staging(sheet: HandoffSheet, words: str, more: str, label: str, icon: str) -> Stop:
    return Stop(words, more, label, staging_address(sheet.order.public_id), icon)


def _ended(sheet: HandoffSheet) -> Stop | None:
    words = {
        "collected": _("Handed over"),
        "cancelled": _("This order is cancelled"),
        "expired": _("Not collected in time"),
    }.get(sheet.order.state)
    icon = "circle-check" if sheet.order.state == "collected" else "circle-x"
    return None if words is None else _to_sheet(sheet, words, "", icon)


def _void(sheet: HandoffSheet) -> Stop | None:
    if sheet.order.payment_state != "void":
        return None
    return _to_sheet(sheet, _("The payment is void"), _("Give nothing. The shop decides what becomes of it."), "ban")


def _recalled(sheet: HandoffSheet) -> Stop | None:
    names = ", ".join(line.item.name for line in sheet.order.lines if line.open and line.item.stop_sale)
    words = _("Recalled: %(names)s", names=names)
    return _to_sheet(sheet, words, _("It may not leave the store."), "ban") if names else None


def _flagged(sheet: HandoffSheet) -> Stop | None:
    bag = next((bag for bag in sheet.bags if bag.bag.take_out), None)
    if bag is None:
        return None
    more = _("Then stage the bag again.")
    return _to_staging(sheet, take_out_words(bag), more, _("Take it out"), "package-open")


def _searched(sheet: HandoffSheet) -> Stop | None:
    bag = next((bag for bag in sheet.bags if bag.searched), None)
    if bag is None:
        return None
    words = _("Bag %(n)s is being searched for", n=bag.bag.number)
    more = _("Last seen at %(place)s.", place=bag.place) if bag.place else ""
    return _to_staging(sheet, words, more, _("Stage it when found"), "package-search")


def _unpicked(sheet: HandoffSheet) -> Stop | None:
    left = sum(line.open - line.picked for line in sheet.order.lines)
    words = ngettext("%(num)s piece left to pick", "%(num)s pieces left to pick", left)
    return _to_sheet(sheet, words, _("Not ready yet."), "shopping-basket") if left else None


def _unstaged(sheet: HandoffSheet) -> Stop | None:
    if sheet.order.state != "picked":
        return None
    more = _("Bag it and scan it to its place.")
    return _to_staging(sheet, _("Picked, not staged yet"), more, _("Stage"), "package-open")


def _asked(sheet: HandoffSheet) -> Stop | None:
    if sheet.order.state == "ready":
        return None
    return _to_sheet(sheet, _("The customer is being asked"), _("Not ready yet."), "message-circle-question-mark")


_STOPS: tuple[Callable[[HandoffSheet], Stop | None], ...] = (
    _ended,
    _void,
    _recalled,
    _flagged,
    _searched,
    _unpicked,
    _unstaged,
    _asked,
)
