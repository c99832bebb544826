"""A question about missing pieces and what can be chosen, in words. Nothing is chosen beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from omni_pickup.customer.words import Words
from omni_pickup.models.items import Item
from omni_pickup.models.orders import OrderLine, Question
from omni_pickup.queries.orders.customer_pages import PickupFacts
from omni_pickup.queries.papers.paper_facts import bundled_picture, variant
from omni_pickup.queries.stock.items import items_by_sku
from omni_pickup.services.order_states import paid_for


@dataclass(frozen=True, slots=True)
class Choice:
    """One tile. `value` is its place in the question's options; `button` repeats it on the button."""

    value: int
    title: Markup
    detail: Markup | None
    button: Markup
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its choices; `others` counts the pieces that are there."""

    question: Question
    missing: Markup
    rest: Markup | None
    choices: tuple[Choice, ...]
    deadline: Markup


def asked_of(facts: PickupFacts, words: Words) -> Asked | None:
    """The first question that waits for an answer."""
    if not facts.questions:
        return None
    question, line = facts.questions[0]
    paid = facts.order.payment_state == "paid" and facts.order.currency is not None
    money = words.money(_worth(line, question), facts.order.currency or "") if paid else None
    items = items_by_sku(option["sku"] for option in question.options if "sku" in option)
    return Asked(
        question,
        _missing(question, line, words),
        _rest(facts, words),
        tuple(
            _choice(number, option, _Offer(facts, question, line, money, items), words)
            for number, option in enumerate(question.options)
        ),
        _deadline(question, money, words),
    )


def chosen_words(facts: PickupFacts, question: Question, words: Words) -> Markup | None:
    """What was chosen, as it is said back; None for the rest, which is said once for all questions."""
    _, answer = words.say, question.answer or {}
    option: Mapping[str, Any] = next(
        (one for one in question.options if all(one.get(name) == value for name, value in answer.items())), {}
    )
    if answer.get("choice") == "substitute":
        item = items_by_sku([answer["sku"]]).get(answer["sku"])
        return _("You take %(item)s instead.", item=item_name(item) if item else option.get("name", answer["sku"]))
    if answer.get("choice") == "other_store":
        return _("You get it at %(store)s.", store=option.get("name", answer["store"]))
    if answer.get("choice") == "wait_transfer":
        return _("You wait for it here.")
    if answer.get("choice") == "cancel":
        line = next(line for line in facts.order.lines if line.id == question.order_line_id)
        return _("%(pieces)s × %(item)s is cancelled.", pieces=question.pieces, item=item_name(line.item))
    return None


def item_name(item: Item) -> str:
    """Name, size and colour."""
    return f"{item.name}, {variant(item)}" if variant(item) else item.name


def picture_of(item: Item) -> str | None:
    """The file below `static/`; pictures on other servers are never asked for."""
    picture = bundled_picture(item.image_url)
    return None if picture is None else picture.removeprefix("bundled:")


@dataclass(frozen=True, slots=True)
class _Offer:
    facts: PickupFacts
    question: Question
    line: OrderLine
    money: Markup | None
    items: Mapping[str, Item]


def _worth(line: OrderLine, question: Question) -> int:
    return paid_for(line, line.refund_pieces + question.pieces) - paid_for(line, line.refund_pieces)


def _missing(question: Question, line: OrderLine, words: Words) -> Markup:
    _, name = words.say, item_name(line.item)
    if question.reason == "not_found":
        return _("We could not find <b>%(pieces)s × %(item)s</b>.", pieces=question.pieces, item=name)
    return _("We do not have <b>%(pieces)s × %(item)s</b> for you.", pieces=question.pieces, item=name)


def _rest(facts: PickupFacts, words: Words) -> Markup | None:
    if not facts.pieces:
        return None
    return words.count("%(num)s other piece is kept for you.", "%(num)s other pieces are kept for you.", facts.pieces)


def _deadline(question: Question, money: Markup | None, words: Words) -> Markup:
    _, by = words.say, words.by(question.deadline_at)
    if question.default_choice == "rest_now" and money:
        return _(
            "Please choose %(by)s. After that we keep the rest for you and %(amount)s is paid back.",
            by=by,
            amount=money,
        )
    if question.default_choice == "rest_now":
        return _("Please choose %(by)s. After that we keep the rest for you.", by=by)
    if money:
        return _("Please choose %(by)s. After that it is cancelled and %(amount)s is paid back.", by=by, amount=money)
    return _("Please choose %(by)s. After that it is cancelled.", by=by)


def _choice(number: int, option: Mapping[str, Any], offer: _Offer, words: Words) -> Choice:
    _ = words.say
    if option["choice"] == "substitute":
        return _substitute(number, option, offer, words)
    if option["choice"] == "other_store":
        by = words.by(datetime.fromisoformat(option["ready_by"]))
        title = _("Get it at %(store)s", store=option["name"])
        away = option.get("distance_km")
        if away is None:
            return Choice(number, title, _("Ready %(by)s", by=by), title)
        detail = _("Ready %(by)s, %(distance)s km away", by=by, distance=words.number(away))
        return Choice(number, title, detail, title)
    if option["choice"] == "wait_transfer":
        title = _("Wait for it here")
        return Choice(number, title, _("Another store sends it. We write to you when it is here."), title)
    back = _("%(amount)s is paid back to you", amount=offer.money) if offer.money else None
    if option["choice"] == "rest_now":
        return Choice(number, _("Take the rest now"), back, _("Take the rest now"))
    if offer.facts.pieces:
        whole = _("All of it is paid back to you") if offer.money else None
        return Choice(number, _("Cancel the whole order"), whole, _("Cancel the whole order"))
    return Choice(number, _("Cancel it"), back, _("Cancel it"))


def _substitute(number: int, option: Mapping[str, Any], offer: _Offer, words: Words) -> Choice:
    _, item = words.say, offer.items.get(option["sku"])
    name = item_name(item) if item is not None else option["name"]
    less = _worth(offer.line, offer.question) - int(option["price_minor"]) * offer.question.pieces
    if less > 0 and offer.money:
        detail = _("%(amount)s is paid back to you", amount=words.money(less, offer.facts.order.currency or ""))
    else:
        detail = _("Same price, in this store")
    title = _("Take %(item)s instead", item=name)
    return Choice(number, title, detail, title, picture_of(item) if item is not None else None)
