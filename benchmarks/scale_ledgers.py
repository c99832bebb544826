"""What the made-up orders leave behind: events, movements of stock, and messages that were sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.scale_masters import Stock
from benchmarks.scale_rows import NULL, Book
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.stock import StockMovement

if TYPE_CHECKING:
    from benchmarks.scale_orders import Draft, Line

#: Minutes after an order was placed at which it comes to a state, and the states on each one's way.
_MINUTES = {"received": 0, "picking": 30, "picked": 60, "ready": 90, "collected": 300, "cancelled": 30}
_EVENTS = {"picking": "order.picking_started"}
_WAYS = {
    "received": ("received",),
    "picking": ("received", "picking"),
    "picked": ("received", "picking", "picked"),
    "ready": ("received", "picking", "picked", "ready"),
    "collected": ("received", "picking", "picked", "ready", "collected"),
    "cancelled": ("received", "cancelled"),
}
_TOLD = ("received", "ready")


class Ledgers:
    """Writes the append-only tables, and keeps count of each level."""

    def __init__(self, book: Book, stock: Stock) -> None:
        self._stock = stock
        self._events = book.rows(
            Event,
            *("id", "public_id", "type", "store_id", "order_id", "return_id", "data", "occurred_at", "recorded_at"),
            actor_kind="channel",
            client_id=1,
            owner_client_id=1,
        )
        self._movements = book.rows(
            StockMovement,
            *("id", "store_id", "item_id", "kind", "on_hand_delta", "reserved_delta", "order_id", "order_line_id"),
            *("return_line_id", "occurred_at", "recorded_at"),
            actor_kind="channel",
            client_id=1,
        )
        self._messages = book.rows(
            OutboxMessage,
            *("id", "public_id", "kind", "subject", "event_id", "order_id", "due_at", "sent_at", "created_at"),
            state="sent",
            attempts=1,
        )
        # Keys below these belong to the first movement of each level.
        movements = book.ids("stock_movements")
        for _ in range(book.sizes.levels):
            next(movements)
        self._new_movement: Callable[[], int] = partial(next, movements)
        self._new_event: Callable[[], int] = partial(next, book.ids("events"))
        self._new_message: Callable[[], int] = partial(next, book.ids("outbox"))

    def write_past(self, draft: Draft, back: tuple[int, int] | None, *, sold: bool) -> None:
        """Everything that was said and moved of an order that ended; `back` are its return and that one's line.

        `sold` says that the till sold one of the same item meanwhile.
        """
        self._tell(draft)
        for line in draft.lines:
            self._move(draft, line, "reserve", 0, 0, line.asked)
            if draft.state == "cancelled":
                self._move(draft, line, "release", 30, 0, -line.asked)
                continue
            if line.missing:
                self._move(draft, line, "short_pick", 50, 0, -line.missing)
            self._move(draft, line, "handoff", 300, -line.given, -line.given)
        if sold:
            self._move(draft, draft.lines[0], "adjustment", 200, -1, 0)
        if back is not None:
            self._event(draft, "return.restocked", 2880, "closed", return_id=back[0])
            self._move(draft, draft.lines[0], "restock", 2880, 1, 0, return_line=back[1])

    def write_open(self, draft: Draft) -> None:
        """The same of an order that is open."""
        self._tell(draft)
        for line in draft.lines:
            self._move(draft, line, "reserve", 0, 0, line.asked)

    def _tell(self, draft: Draft) -> None:
        for state in _WAYS[draft.state]:
            event = self._event(draft, _EVENTS.get(state, f"order.{state}"), _MINUTES[state], state)
            if state in _TOLD:
                at, key = draft.when(_MINUTES[state]), self._new_message()
                names = f"msg_{draft.public_id[4:26]}{_TOLD.index(state):02}", f"message.{state}", f"order:{draft.key}"
                self._messages.add(key, *names, event, draft.key, at, at, at)

    def _event(self, draft: Draft, kind: str, minutes: int, state: str, *, return_id: int | str = NULL) -> int:
        key, at = self._new_event(), draft.when(minutes)
        public_id = f"evt_{draft.public_id[4:20]}{key:08x}"
        self._events.add(key, public_id, kind, draft.store, draft.key, return_id, draft.shape(state), at, at)
        return key

    def _move(
        self,
        draft: Draft,
        line: Line,
        kind: str,
        minutes: int,
        on_hand: int,
        reserved: int,
        *,
        return_line: int | str = NULL,
    ) -> None:
        place, at = self._stock.place(draft.store, line.slot), draft.when(minutes)
        self._stock.on_hand[place] += on_hand
        self._stock.reserved[place] += reserved
        self._movements.add(
            *(self._new_movement(), draft.store, line.item, kind, on_hand, reserved, draft.key, line.key),
            *(return_line, at, at),
        )
