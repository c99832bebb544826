"""Finds what cannot be: every answer, every order, every level and every event against the specification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.histories.orderings import unexplained
from tests.histories.records import AT_THE_END, SOMETIME, History, Operation
from tests.histories.specifications import ABSENT, level_step, order_state, order_step


def anomalies(history: History) -> list[str]:
    """Everything that contradicts the specification, in sentences; empty is right."""
    return [
        *_answers(history),
        *_whole_orders(history),
        *_orders_in_time(history),
        *_sums(history),
        *_levels_in_time(history),
        *_events(history),
    ]


def _answers(history: History) -> Iterator[str]:
    """One key has one answer, byte for byte."""
    for one in history.operations:
        if len(set(one.answers)) > 1:
            yield f"one key, {len(set(one.answers))} answers: {one.kind} {one.given}"


def _whole_orders(history: History) -> Iterator[str]:
    """One order for each name that was taken, with all of its lines; none that nobody sent."""
    sent = {one.given["order"]: one for one in history.of("order")}
    for name, found in history.end.orders.items():
        if name not in sent:
            yield f"order {name} is there, and nobody sent it"
        elif len(found) > 1:
            yield f"order {name} is there {len(found)} times"
        elif sent[name].outcome == "refused":
            yield f"order {name} was refused and is there"
        else:
            lines = {line: (one["sku"], one["ordered"]) for line, one in found[0]["lines"].items()}
            if lines != dict(sent[name].given["lines"]):
                yield f"order {name} is not the one that was sent: {lines}"
    for name, one in sent.items():
        if one.outcome == "ok" and name not in history.end.orders:
            yield f"order {name} was acknowledged and is lost"


def _orders_in_time(history: History) -> Iterator[str]:
    """Each order's operations and reads have an order in time in which all of them are right."""
    mine: dict[str, list[Operation]] = {name: [] for name in history.end.orders}
    for one in history.of("order", "cancel", "cancel_line", "read_order"):
        if one.given["order"] in mine and not (one.kind == "order" and one.outcome == "unknown"):
            mine[one.given["order"]].append(one)
        elif one.given["order"] in mine:
            # The order is there, so it happened.
            mine[one.given["order"]].append(Operation(one.kind, one.began, SOMETIME, "ok", one.given))
    for name, operations in mine.items():
        last = history.end.orders[name][0]["lines"]
        operations.append(_at_the_end("read_order", {"order": name}, {"lines": last}))
        stuck = unexplained([order_step(one) for one in operations], ABSENT)
        if stuck:
            yield f"order {name} cannot be explained: {'; '.join(stuck)}; at the end {order_state(last)}"


def _sums(history: History) -> Iterator[str]:
    """What is reserved is what orders have open, and never more than there is."""
    wanted: Counter[str] = Counter()
    for found in history.end.orders.values():
        for order in found:
            for line in order["lines"].values():
                wanted[line["sku"]] += line["open"]
    for sku, (on_hand, reserved) in history.end.levels.items():
        if reserved != wanted[sku]:
            yield f"{sku}: {reserved} reserved, and orders have {wanted[sku]} open"
        if reserved > on_hand and not any(sku == one.given["sku"] for one in history.of("sell")):
            yield f"{sku}: {reserved} sold of {on_hand}"


def _levels_in_time(history: History) -> Iterator[str]:
    """Each level's reservations, sales and reads have an order in time in which none takes what is not there."""
    for sku, pieces in history.on_hand.items():
        steps = [level_step(one, sku, **effect) for one, effect in _effects(history, sku)]
        on_hand, reserved = history.end.levels[sku]
        steps.append(level_step(_at_the_end("read_level", {}, {"on_hand": on_hand, "reserved": reserved}), sku))
        stuck = unexplained(steps, (pieces, 0))
        if stuck:
            yield f"level {sku} cannot be explained: {'; '.join(stuck[:3])}; at the end {(on_hand, reserved)}"


def _effects(history: History, sku: str) -> Iterator[tuple[Operation, dict[str, int]]]:
    """Every operation that touches a level, with what it does there."""
    orders = {one.given["order"]: one.given["lines"] for one in history.of("order")}
    fewer = _cancelled_pieces(history)
    for one in history.operations:
        lines = orders.get(one.given.get("order", ""), {})
        here = {line: pieces for line, (item, pieces) in lines.items() if item == sku}
        if one.kind == "read_level" and one.given["sku"] == sku:
            yield one, {}
        elif one.kind == "sell" and one.given["sku"] == sku:
            yield one, {"sells": one.given["pieces"]}
        elif one.kind == "order" and here:
            yield from _placed(history, one, sum(here.values()))
        elif one.kind == "cancel_line" and one.given["line"] in here and one.outcome != "refused":
            yield one, {"reserves": -one.given["pieces"]}
        elif one.kind == "cancel" and here and one.outcome == "ok":
            yield one, {"reserves": -sum(pieces - fewer[one.given["order"], line] for line, pieces in here.items())}


def _placed(history: History, one: Operation, pieces: int) -> Iterator[tuple[Operation, dict[str, int]]]:
    if one.outcome == "unknown" and one.given["order"] in history.end.orders:
        yield Operation(one.kind, one.began, SOMETIME, "ok", one.given), {"reserves": pieces}
    elif one.outcome == "ok" or (one.outcome == "refused" and len(one.given["lines"]) == 1):
        # Which of several lines was short, a refusal of all of them does not say.
        yield one, {"reserves": pieces}


def _cancelled_pieces(history: History) -> Counter[tuple[str, str]]:
    """Pieces by order and line that were given up one by one; loads ask so of every order that is also cancelled."""
    found: Counter[tuple[str, str]] = Counter()
    for one in history.of("cancel_line"):
        if one.outcome == "ok":
            found[one.given["order"], one.given["line"]] += one.given["pieces"]
    return found


def _events(history: History) -> Iterator[str]:
    """Every change is told once, an order's birth before all else."""
    ids = [id_ for id_, _, _ in history.end.events]
    if len(set(ids)) < len(ids):
        yield "the feed repeats an event"
    told: dict[str, list[str]] = {}
    for _, type_, order in history.end.events:
        told.setdefault(order, []).append(type_)
    line_cancels = {(one.given["order"]): 0 for one in history.of("order")}
    for one in history.of("cancel_line"):
        line_cancels[one.given["order"]] += one.outcome == "ok"
    unsure = {one.given["order"] for one in history.of("cancel_line") if one.outcome == "unknown"}
    for name, found in history.end.orders.items():
        types = Counter(told.pop(found[0]["id"], []))
        first = next((type_ for _, type_, order in history.end.events if order == found[0]["id"]), None)
        wanted = {"order.received": 1, "order.cancelled": int(found[0]["state"] == "cancelled")}
        if name not in unsure:
            wanted["order.line_cancelled"] = line_cancels.get(name, 0)
        for type_, count in wanted.items():
            if types[type_] != count:
                yield f"order {name}: {types[type_]} events {type_} instead of {count}"
        if first not in (None, "order.received"):
            yield f"order {name}: {first} was told before its receipt"
    for order in told:
        yield f"events tell of order {order}, which is not there"


def _at_the_end(kind: str, given: dict[str, str], seen: dict[str, object]) -> Operation:
    """A read after everything that ended."""
    return Operation(kind, AT_THE_END, AT_THE_END, "ok", given, seen)
