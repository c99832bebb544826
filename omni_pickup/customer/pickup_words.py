"""What the pickup page says first: one sentence about the order, what it means for the customer, and one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from omni_pickup.customer.words import Words
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.customer_pages import PickupFacts
from omni_pickup.queries.promises.estimates import delayed_until


@dataclass(frozen=True, slots=True)
class Sentence:
    """`calls` are the check-ins on offer, the likely one first: here, on_my_way."""

    headline: Markup
    help: tuple[Markup, ...] = ()
    calls: tuple[str, ...] = ()


def sentence_of(facts: PickupFacts, words: Words) -> Sentence:
    """The sentence for the order's present situation."""
    if facts.here is not None:
        return _here(facts, words)
    return _BY_STATE[facts.order.state](facts, words)


def first_name(order: Order) -> str:
    """How the page speaks to the buyer; empty when the contact was erased."""
    name = order.contact.name or ""
    return name.partition(",")[2].split()[0] if name.partition(",")[2].strip() else (name.split() or [""])[0]


def refund_sentence(state: str, due: int, confirmed: int, currency: str | None, words: Words) -> Markup | None:
    """What is known about money on its way back; amounts in minor units."""
    _ = words.say
    amount = confirmed if state == "confirmed" else due - confirmed
    if state == "none" or currency is None or amount <= 0:
        return None
    money = words.money(amount, currency)
    if state == "confirmed":
        return _("%(amount)s has been paid back to you.", amount=money)
    if state == "requested":
        return _("%(amount)s is being paid back to you.", amount=money)
    if state == "failed":
        return _("Paying back %(amount)s has not worked. Please contact us.", amount=money)
    return _("%(amount)s will be paid back to you.", amount=money)


def _open(facts: PickupFacts, words: Words) -> Sentence:
    _, order = words.say, facts.order
    told = _("We write to you when it is ready.")
    calls = () if facts.coming is not None else ("on_my_way",)
    later = delayed_until(order, facts.now)
    ready = () if later is None else (_("Your order will be ready %(by)s.", by=words.by(later)),)
    if order.promised_at < facts.now:
        sorry = _("We wanted to be ready %(on)s, and are sorry.", on=words.on(order.promised_at))
        return Sentence(_("Your order takes a little longer."), (sorry, *ready, told), calls)
    if ready:
        return Sentence(_("Your order takes a little longer."), (*ready, _progress(facts, words), told), calls)
    by, name = words.by(order.promised_at), first_name(order)
    if name:
        headline = _("%(name)s, your order will be ready %(by)s.", name=name, by=by)
    else:
        headline = _("Your order will be ready %(by)s.", by=by)
    return Sentence(headline, (_progress(facts, words), told), calls)


def _progress(facts: PickupFacts, words: Words) -> Markup:
    _, order = words.say, facts.order
    if facts.awaited:
        return words.count(
            "%(num)s piece is on its way from another store.",
            "%(num)s pieces are on their way from another store.",
            facts.awaited,
        )
    if order.state == "received":
        return _("We have it and start soon.")
    if order.state == "picked":
        return _("Everything is picked and is being packed.")
    return words.count(
        "We are picking it now, %(picked)s of %(num)s piece.",
        "We are picking it now, %(picked)s of %(num)s pieces.",
        facts.pieces,
        picked=facts.picked,
    )


def _ready(facts: PickupFacts, words: Words) -> Sentence:
    _, order, name = words.say, facts.order, first_name(facts.order)
    headline = _("%(name)s, your order is ready.", name=name) if name else _("Your order is ready.")
    by = words.by(order.hold_until) if order.hold_until else Markup()
    waiting = words.count(
        "%(num)s bag is waiting for you. Please collect it %(by)s.",
        "%(num)s bags are waiting for you. Please collect them %(by)s.",
        max(1, facts.bags),
        by=by,
    )
    if order.payment_state == "void":
        return Sentence(headline, (waiting,))
    far = facts.coming is None and facts.day.is_open
    return Sentence(headline, (waiting,), ("here", "on_my_way") if far else ("here",))


def _here(facts: PickupFacts, words: Words) -> Sentence:
    _, here = words.say, facts.here
    bay = here.bay if here is not None else None
    if facts.helper and bay:
        headline = _("%(helper)s is bringing your order to bay %(bay)s.", helper=facts.helper, bay=bay)
    elif facts.helper:
        headline = _("%(helper)s is coming to you.", helper=facts.helper)
    else:
        headline = _("We know that you are here.")
    if facts.order.state == "ready":
        at_car = facts.order.pickup_method == "curbside"
        stay = _("Stay in your car and show this when somebody comes.")
        return Sentence(headline, (stay if at_car else _("Show this when somebody comes."),))
    left = facts.pieces - facts.picked
    if not left:
        return Sentence(
            headline, (_("Your order is not ready yet, but everything is picked. It takes a few minutes."),)
        )
    missing = words.count(
        "Your order is not ready yet: %(num)s piece is still to be picked. We hurry.",
        "Your order is not ready yet: %(num)s pieces are still to be picked. We hurry.",
        left,
    )
    return Sentence(headline, (missing,))


def _collected(facts: PickupFacts, words: Words) -> Sentence:
    _, order = words.say, facts.order
    at = words.on(order.collected_at or facts.now)
    collector = order.contact.collector_name
    if facts.handoff is not None and facts.handoff.by_collector and collector:
        headline = _("%(name)s has collected your order.", name=collector)
    else:
        headline = _("You have collected your order.")
    taken, wanted = sum(line.collected for line in order.lines), sum(line.ordered for line in order.lines)
    if taken >= wanted:
        return Sentence(headline, (_("Everything was handed over %(at)s.", at=at),))
    some = words.count(
        "%(taken)s of %(num)s piece was handed over %(at)s.",
        "%(taken)s of %(num)s pieces were handed over %(at)s.",
        wanted,
        taken=taken,
        at=at,
    )
    return Sentence(headline, (some,))


def _cancelled(facts: PickupFacts, words: Words) -> Sentence:
    _, order = words.say, facts.order
    if facts.children and all(line.substituted == line.ordered for line in order.lines):
        store = facts.children[0].store.name
        return Sentence(
            _("Your order has moved to %(store)s.", store=store),
            (_("It has a number and a page of its own there. We have written to you."),),
        )
    refund = _refund(facts, words)
    nothing = _("There is nothing to pay.") if order.payment_state == "due" else None
    helps = [_("Nothing is kept for you any more."), refund or nothing]
    return Sentence(_("Your order is cancelled."), tuple(text for text in helps if text))


def _expired(facts: PickupFacts, words: Words) -> Sentence:
    _, order = words.say, facts.order
    kept = (
        _("We kept it %(until)s and have put it back on the shelf.", until=words.until(order.hold_until))
        if order.hold_until
        else _("We have put it back on the shelf.")
    )
    again = _("If you still want it, please order it again.")
    helps = (kept, _refund(facts, words), again)
    return Sentence(_("Nobody collected your order in time."), tuple(text for text in helps if text))


def _refund(facts: PickupFacts, words: Words) -> Markup | None:
    order = facts.order
    return refund_sentence(
        order.refund_state, order.refund_due_minor, order.refund_confirmed_minor, order.currency, words
    )


_BY_STATE: Mapping[str, Callable[[PickupFacts, Words], Sentence]] = {
    "received": _open,
    "picking": _open,
    "picked": _open,
    "ready": _ready,
    "collected": _collected,
    "cancelled": _cancelled,
    "expired": _expired,
}
