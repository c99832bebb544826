"""The checks themselves: they believe a shop that is right, and find everything that is planted into its history."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.histories.checks import anomalies
from tests.histories.records import NEVER, End, History, Operation
from tests.histories.simulations import Simulation


def line(sku: str, ordered: int, cancelled: int = 0) -> dict[str, Any]:
    return {"sku": sku, "ordered": ordered, "open": ordered - cancelled, "cancelled": cancelled}


def small() -> History:
    """Two orders of five A's; of the first, one piece is given up, and then it is read."""
    first = {"1": ("A", 2), "2": ("B", 1)}
    operations = [
        Operation("order", 0, 1, "ok", {"order": "one", "lines": first}, answers=(b"1", b"1")),
        Operation("cancel_line", 2, 3, "ok", {"order": "one", "line": "1", "pieces": 1}, answers=(b"2",)),
        Operation("read_order", 4, 5, "ok", {"order": "one"}, {"lines": {"1": line("A", 2, 1), "2": line("B", 1)}}),
        Operation("read_level", 4, 5, "ok", {"sku": "A"}, {"on_hand": 5, "reserved": 1}),
        Operation("order", 6, 7, "ok", {"order": "two", "lines": {"1": ("A", 3)}}, answers=(b"3",)),
        Operation("order", 8, 9, "refused", {"order": "three", "lines": {"1": ("A", 3)}}),
        Operation("order", 8, NEVER, "unknown", {"order": "four", "lines": {"1": ("A", 1)}}),
    ]
    orders = {
        "one": [{"id": "i1", "state": "received", "lines": {"1": line("A", 2, 1), "2": line("B", 1)}}],
        "two": [{"id": "i2", "state": "received", "lines": {"1": line("A", 3)}}],
    }
    events = [("1", "order.received", "i1"), ("2", "order.line_cancelled", "i1"), ("3", "order.received", "i2")]
    return History({"A": 5, "B": 5}, operations, End(orders, {"A": (5, 4), "B": (5, 1)}, events))


def test_a_right_history_has_no_anomaly() -> None:
    assert anomalies(small()) == []


@pytest.mark.parametrize("happened", [True, False])
def test_what_nobody_heard_of_may_have_happened_or_not(happened: bool) -> None:
    history = small()
    if happened:
        history.end.orders["four"] = [{"id": "i4", "state": "received", "lines": {"1": line("A", 1)}}]
        history.end.levels["A"] = (5, 5)
        history.end.events.append(("4", "order.received", "i4"))
    assert anomalies(history) == []


def lose_an_update(history: History) -> None:
    """The cancel was answered with 200, and the order has the piece again."""
    history.end.orders["one"][0]["lines"]["1"] = line("A", 2)
    history.end.levels["A"] = (5, 5)


def lose_an_order(history: History) -> None:
    del history.end.orders["two"]
    history.end.levels["A"] = (5, 1)
    history.end.events.pop()


def do_it_twice(history: History) -> None:
    """One cancel of one piece, and two pieces are gone."""
    history.end.orders["one"][0]["lines"]["1"] = line("A", 2, 2)
    history.end.levels["A"] = (5, 3)


def make_two_orders(history: History) -> None:
    again = copy.deepcopy(history.end.orders["two"][0])
    history.end.orders["two"].append(again)


def answer_differently(history: History) -> None:
    history.operations[0] = replace(history.operations[0], answers=(b"1", b"2"))


def read_the_past(history: History) -> None:
    """The read began after the cancel had been answered, and does not show it."""
    seen = {"lines": {"1": line("A", 2), "2": line("B", 1)}}
    history.operations[2] = replace(history.operations[2], seen=seen)


def read_an_old_level(history: History) -> None:
    history.operations[3] = replace(history.operations[3], seen={"on_hand": 5, "reserved": 2})


def sell_too_much(history: History) -> None:
    """The third order was taken although only one piece was left."""
    history.operations[5] = replace(history.operations[5], outcome="ok")
    history.end.orders["three"] = [{"id": "i3", "state": "received", "lines": {"1": line("A", 3)}}]
    history.end.levels["A"] = (5, 7)
    history.end.events.append(("4", "order.received", "i3"))


def refuse_what_is_there(history: History) -> None:
    history.operations[5] = replace(history.operations[5], given={"order": "three", "lines": {"1": ("B", 1)}})


def keep_what_was_refused(history: History) -> None:
    history.end.orders["three"] = [{"id": "i3", "state": "received", "lines": {"1": line("A", 3)}}]


def keep_half_an_order(history: History) -> None:
    del history.end.orders["one"][0]["lines"]["2"]


def reserve_half_an_order(history: History) -> None:
    history.end.levels["B"] = (5, 0)


def lose_pieces(history: History) -> None:
    history.end.levels["B"] = (4, 1)


def make_up_an_order(history: History) -> None:
    history.end.orders["five"] = [{"id": "i5", "state": "received", "lines": {}}]
    history.end.events.append(("5", "order.received", "i5"))


def forget_an_event(history: History) -> None:
    history.end.events.pop()


def tell_twice(history: History) -> None:
    history.end.events.append(("9", "order.received", "i2"))


def repeat_in_the_feed(history: History) -> None:
    history.end.events.append(history.end.events[-1])


def tell_of_nothing(history: History) -> None:
    history.end.events.append(("9", "order.received", "i9"))


def tell_out_of_order(history: History) -> None:
    history.end.events[:2] = reversed(history.end.events[:2])


PLANTED: dict[Callable[[History], None], str] = {
    lose_an_update: "order one cannot be explained",
    lose_an_order: "order two was acknowledged and is lost",
    do_it_twice: "order one cannot be explained",
    make_two_orders: "order two is there 2 times",
    answer_differently: "one key, 2 answers",
    read_the_past: "order one cannot be explained",
    read_an_old_level: "level A cannot be explained",
    sell_too_much: "level A cannot be explained",
    refuse_what_is_there: "level B cannot be explained",
    keep_what_was_refused: "order three was refused and is there",
    keep_half_an_order: "order one is not the one that was sent",
    reserve_half_an_order: "B: 0 reserved, and orders have 1 open",
    lose_pieces: "level B cannot be explained",
    make_up_an_order: "order five is there, and nobody sent it",
    forget_an_event: "order two: 0 events order.received instead of 1",
    tell_twice: "order two: 2 events order.received instead of 1",
    repeat_in_the_feed: "the feed repeats an event",
    tell_of_nothing: "events tell of order i9, which is not there",
    tell_out_of_order: "order one: order.line_cancelled was told before its receipt",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_anomaly_is_found_and_named(plant: Callable[[History], None]) -> None:
    history = small()
    plant(history)
    assert any(found.startswith(PLANTED[plant]) for found in anomalies(history)), anomalies(history)


@pytest.mark.parametrize("seed", range(40))
def test_a_day_that_is_right_by_construction_is_believed(seed: int) -> None:
    assert anomalies(Simulation(Random(seed)).day()) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_piece_that_is_given_up_twice_on_any_day_is_found(seed: int) -> None:
    history = Simulation(Random(seed)).day()
    luck = Random(seed)
    name = luck.choice([name for name, (order,) in history.end.orders.items() if order["state"] == "received"])
    (order,) = history.end.orders[name]
    one = order["lines"]["1"]
    one["open"], one["cancelled"] = one["open"] - 1, one["cancelled"] + 1
    on_hand, reserved = history.end.levels[one["sku"]]
    history.end.levels[one["sku"]] = (on_hand, reserved - 1)
    assert any(found.startswith(f"order {name} cannot be explained") for found in anomalies(history))
