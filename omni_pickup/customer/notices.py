"""What stands beside the sentence: notices, the four steps, and the goods with what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from omni_pickup.customer.pickup_words import refund_sentence
from omni_pickup.customer.question_words import chosen_words, item_name, picture_of
from omni_pickup.customer.words import Words
from omni_pickup.models.orders import CheckIn, Order, OrderLine
from omni_pickup.queries.orders.customer_pages import PickupFacts
from omni_pickup.queries.promises.estimates import delayed_until
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.services.order_states import paid_for

STEPS = ("received", "picking", "ready", "collected")


@dataclass(frozen=True, slots=True)
class Notice:
    """`tone` is ok, warn or plain; `icon` a shape's name; those to be read `first` stand above the code."""

    tone: str
    icon: str
    title: Markup
    detail: Markup | None = None
    first: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """`phase` is done, now or to_come."""

    phase: str
    title: Markup
    when: Markup | None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """Goods as the customer bought them; `notes` say what is not as ordered, `amount` is missing on gifts."""

    pieces: int
    name: str
    picture: str | None
    notes: tuple[Markup, ...]
    amount: Markup | None


def notices_of(facts: PickupFacts, words: Words) -> list[Notice]:
    """What the customer must know besides, the most pressing first."""
    order = facts.order
    found = [*_arrivals(facts, words)]
    if order.state in ORDER_OPEN_STATES:
        found += [*_answers(facts, words), *_payment(order, words), *_door(facts, words), *_persons(order, words)]
    if order.state in (*ORDER_OPEN_STATES, "collected"):
        refund = refund_sentence(
            order.refund_state, order.refund_due_minor, order.refund_confirmed_minor, order.currency, words
        )
        found += [Notice("plain", "wallet", refund)] if refund else []
    return found


def steps_of(facts: PickupFacts, words: Words) -> list[Step]:
    """The four steps in words; empty for an order that ended otherwise."""
    _, order = words.say, facts.order
    if order.state in ("cancelled", "expired"):
        return []
    reached = 1 if order.state in ("picking", "picked") else max(0, STEPS.index(order.state))
    begun = (order.received_at, order.picking_started_at, order.ready_at, order.collected_at)
    titles = (
        _("Received"),
        _("Picked and packed") if reached > 1 else _("Being picked"),
        _("Ready"),
        _("Collected"),
    )
    steps = []
    for number, (title, at) in enumerate(zip(titles, begun, strict=True)):
        is_last = order.state == "collected" and number == reached
        phase = "done" if number < reached or is_last else "now" if number == reached else "to_come"
        steps.append(Step(phase, title, words.stamp(at) if at and phase != "to_come" else None))
    ready_by = delayed_until(order, facts.now) or order.promised_at
    if reached < 2 and ready_by >= facts.now:
        steps[2] = Step("to_come", steps[2].title, words.by(ready_by))
    return steps


def order_lines(facts: PickupFacts, words: Words) -> list[ShownLine]:
    """Everything that was ordered, substitutes among it."""
    names = {line.id: item_name(line.item) for line in facts.order.lines}
    return [_line(line, facts.order, names, words) for line in facts.order.lines]


def total_of(order: Order, words: Words) -> Markup | None:
    """What the collected goods cost; None for gifts and for goods without prices."""
    given = [line for line in order.lines if line.collected]
    if order.gift or order.currency is None or any(line.unit_price_minor is None for line in given) or not given:
        return None
    return words.money(sum(paid_for(line, line.collected) for line in given), order.currency)


def _arrivals(facts: PickupFacts, words: Words) -> Iterator[Notice]:
    _ = words.say
    if facts.here is not None:
        told = _("You told us %(on)s.", on=words.on(facts.here.at))
        yield Notice("ok", "circle-check", told, _place(facts.here, facts.order, words), first=True)
    elif facts.coming is not None:
        told = _("You are on your way.")
        yield Notice("ok", "car", told, _("You told us %(on)s.", on=words.on(facts.coming.at)), first=True)


def _answers(facts: PickupFacts, words: Words) -> Iterator[Notice]:
    """What was chosen about missing pieces, and what comes next."""
    _ = words.say
    is_ready = facts.order.state == "ready"
    then = None if is_ready else _("We write to you when it is ready.")
    if any((question.answer or {}).get("choice") == "rest_now" for question in facts.answered):
        rest = _("It is ready for you.") if is_ready else then
        yield Notice("ok", "circle-check", _("You take the rest now."), rest, first=True)
    for question in facts.answered:
        answer = question.answer or {}
        if answer.get("choice") == "wait_transfer":
            then = None if is_ready else _("Another store sends it. We write to you when it is here.")
        title = chosen_words(facts, question, words)
        if title is not None:
            yield Notice("ok", "circle-check", title, None if answer.get("choice") == "cancel" else then, first=True)


def _place(here: CheckIn, order: Order, words: Words) -> Markup | None:
    _, car = words.say, order.contact.vehicle
    if here.bay and car:
        return _("Bay %(bay)s, %(car)s", bay=here.bay, car=car)
    if here.bay:
        return _("Bay %(bay)s", bay=here.bay)
    return Markup("<bdi>{}</bdi>").format(car) if car and order.pickup_method == "curbside" else None


def _payment(order: Order, words: Words) -> Iterator[Notice]:
    _ = words.say
    if order.payment_state == "void":
        yield Notice(
            "warn",
            "triangle-alert",
            _("The payment has failed."),
            _("We cannot give you the order. Please contact us."),
        )
    elif order.payment_state == "due" and order.payment_due_minor is not None and order.currency is not None:
        money = words.money(order.payment_due_minor, order.currency)
        yield Notice("warn", "wallet", _("%(amount)s to pay when you collect.", amount=money))
    elif order.payment_state == "due":
        yield Notice("warn", "wallet", _("Please pay when you collect."))


def _door(facts: PickupFacts, words: Words) -> Iterator[Notice]:
    """Before somebody drives to a closed door."""
    _, day = words.say, facts.day
    if facts.order.state == "ready" and not day.is_open and facts.here is None:
        opens = _("It opens %(on)s.", on=words.on(day.opens_at)) if day.opens_at else None
        yield Notice("warn", "door-closed", _("The store is closed now."), opens, first=True)
    elif day.paused:
        yield Notice("plain", "info", _("The store takes no new orders at the moment."), _("Yours is not affected."))


def _persons(order: Order, words: Words) -> Iterator[Notice]:
    _ = words.say
    age = max((line.item.min_age or 0 for line in order.lines if line.open), default=0)
    if age:
        yield Notice(
            "plain", "id-card", _("Please bring an ID."), _("Whoever collects must be %(age)s or older.", age=age)
        )
    if order.gift:
        yield Notice("plain", "gift", _("This is a gift."), _("The papers in the bag show no prices."))
    name = order.contact.collector_name
    if name:
        yield Notice("plain", "user-check", _("%(name)s may collect it, too.", name=name))


def _line(line: OrderLine, order: Order, names: dict[int, str], words: Words) -> ShownLine:
    _, notes = words.say, []
    if line.substitute_of_id in names:
        notes.append(_("instead of %(item)s", item=names[line.substitute_of_id]))
    if not (order.state == "cancelled" and line.cancelled == line.ordered):
        notes += _counted(line, words)
    given = line.collected if order.state == "collected" else line.ordered
    is_priced = not order.gift and line.unit_price_minor is not None and given > 0
    money = words.money(paid_for(line, given), order.currency) if order.currency and is_priced else None
    return ShownLine(given or line.ordered, names[line.id], picture_of(line.item), tuple(notes), money)


def _counted(line: OrderLine, words: Words) -> Iterator[Markup]:
    if line.short > line.substituted:
        missing = line.short - line.substituted
        yield words.count("%(num)s piece is missing", "%(num)s pieces are missing", missing)
    if line.cancelled:
        yield words.count("%(num)s piece was cancelled", "%(num)s pieces were cancelled", line.cancelled)
    if line.returned:
        yield words.count("%(num)s piece was returned", "%(num)s pieces were returned", line.returned)
