"""No tap more than needed: one scan a shelf, two a bag, one a handoff and one for each of its bags."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.e2e import floor_counters as counter
from tests.e2e import floor_walks as walks
from tests.e2e.floor_hour import ORDERS, Shift, work_an_hour
from tests.e2e.floor_orders import arrive, place_orders, states_of
from tests.e2e.hands import Hands, Step
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop


def of(steps: Sequence[Step], kind: str) -> list[Step]:
    return [step for step in steps if step.kind == kind]


def check_budget(steps: Sequence[Step]) -> None:
    """What `docs/floor.md` promises. Only what the goods ask for costs a tap more: a key, an age, a till's receipt."""
    for step in of(steps, "fetch from a shelf"):
        assert (step.scans, len(set(step.purposes) - {"the other pieces", "the keyholder"})) == (1, 0)
    for step in of(steps, "stage a bag"):
        assert (step.taps, step.scans) == (0, 2)
    for kind, taps in (("begin a walk", 1), ("end a walk", 1), ("make and label the bags of a walk", 2)):
        assert {(step.taps, step.scans) for step in of(steps, kind)} <= {(taps, 0)}
    asked = {"a check by eye", "the till’s receipt"}
    for kind, taps in (("hand over by QR", 1), ("hand over what was just picked", 2)):
        assert {len([one for one in step.purposes if one not in asked]) for step in of(steps, kind)} <= {taps}


def test_for_somebody_who_waits_it_takes_six_taps_from_the_card_to_the_goods(shop: Shop) -> None:
    (number,) = place_orders(shop, 1, chance=random.Random(7))  # noqa: S311 - no secret, only chance.
    arrive(shop, number)
    page = shop.tablet("bartek", size=LANDSCAPE, has_touch=True)
    hands = Hands(page)
    walks.begin_walk(hands, card=page.locator(f"#waiting-{number}"))
    walks.fetch_all(hands)
    walks.go_to_bags(hands)
    walks.make_bags(hands)
    walks.stage_bags(hands)
    counter.after_staging(hands, counter.customer_of(shop, number))
    check_budget(hands.steps)
    extra = {"the other pieces", "the keyholder", "a check by eye", "the till’s receipt"}
    assert [one for step in hands.steps for one in step.purposes if one not in extra] == [
        "the walk",
        "to the bags",
        "the bags",
        "the labels",
        "to the counter",
        "hand over",
    ]
    assert states_of(shop, [number]) == ["collected"]
    assert shop.differences() == []


@pytest.mark.long
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
def test_an_hour_of_orders_costs_what_the_page_promises(shop: Shop, size: tuple[int, int]) -> None:
    hour = work_an_hour(shop, size)
    assert hour.picked >= ORDERS
    check_budget(hour.steps)


@pytest.mark.long
def test_a_walk_of_six_is_worked_upright(shop: Shop) -> None:
    hands = Hands(shop.tablet("bartek", size=PORTRAIT, has_touch=True))
    place_orders(shop, 6, chance=random.Random(6))  # noqa: S311 - no secret, only chance.
    hands.page.reload()
    walks.finish_begun(hands)
    Shift(shop, hands).walk(6)
    check_budget(hands.steps)
