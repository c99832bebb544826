"""What an order and a stock level are, one operation after the other, in a few lines of plain Python."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, cast

from tests.histories.orderings import Step
from tests.histories.records import Operation

#: Line id -> (open, cancelled), sorted; None before the order is there.
OrderState = tuple[tuple[str, int, int], ...]
ABSENT = "absent"


def order_step(operation: Operation) -> Step:
    """An operation on one order as a step of its state machine."""
    rule = _ORDER_RULES[operation.kind]

    def apply(state: Hashable) -> Hashable | None:
        return rule(cast(Any, state), operation)

    return Step(operation.began, operation.ended, _name(operation), apply, operation.outcome == "unknown")


def _place(state: OrderState | str, operation: Operation) -> Hashable | None:
    if operation.outcome == "refused":
        return state
    if state != ABSENT:
        return None
    return tuple(sorted((line, pieces, 0) for line, (_, pieces) in operation.given["lines"].items()))


def _cancel(state: OrderState | str, operation: Operation) -> Hashable | None:
    if isinstance(state, str) or operation.outcome == "refused":
        return None
    return tuple((line, 0, cancelled + left) for line, left, cancelled in state)


def _cancel_line(state: OrderState | str, operation: Operation) -> Hashable | None:
    if isinstance(state, str):
        return None
    line, pieces = operation.given["line"], operation.given["pieces"]
    left = next(open_ for name, open_, _ in state if name == line)
    if operation.outcome == "refused":
        return state if left < pieces else None
    if left < pieces:
        return None
    return tuple(
        (name, open_ - pieces, cancelled + pieces) if name == line else (name, open_, cancelled)
        for name, open_, cancelled in state
    )


def _read_order(state: OrderState | str, operation: Operation) -> Hashable | None:
    return state if state == order_state(operation.seen["lines"]) else None


_ORDER_RULES = {"order": _place, "cancel": _cancel, "cancel_line": _cancel_line, "read_order": _read_order}


def order_state(lines: Mapping[str, Mapping[str, int]]) -> OrderState:
    """The state as an answer shows it."""
    return tuple(sorted((line, one["open"], one["cancelled"]) for line, one in lines.items()))


def level_step(operation: Operation, sku: str, *, reserves: int = 0, sells: int = 0) -> Step:
    """An operation's effect on one level, (on hand, reserved): reserving (negative: freeing) or selling pieces."""

    def apply(state: Hashable) -> Hashable | None:
        on_hand, reserved = cast(tuple[int, int], state)
        if operation.kind == "read_level":
            return state if (operation.seen["on_hand"], operation.seen["reserved"]) == state else None
        if operation.outcome == "refused":
            return state if on_hand - reserved < reserves else None
        if reserves > max(0, on_hand - reserved):
            return None
        after = (max(0, on_hand - sells), reserved + reserves)
        return after if after[1] >= 0 else None

    name = f"{_name(operation)} on {sku}"
    return Step(operation.began, operation.ended, name, apply, operation.outcome == "unknown")


def _name(operation: Operation) -> str:
    about = ", ".join(f"{name}={value}" for name, value in operation.given.items())
    return f"{operation.kind}({about}) {operation.outcome}"
