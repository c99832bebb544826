"""What else the made-up orders leave in a shop: prints, commands of tablets, tasks, counts, transfers, till sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.scale_masters import Stock, digest
from benchmarks.scale_rows import NULL, Book
from omni_pickup.models.clients import IdempotencyRecord
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.picking import FloorAction, FloorTask, ShortPick
from omni_pickup.models.returns import Parcel
from omni_pickup.models.stock import Hold, HoldLine, StockAdjustment, StockCount
from omni_pickup.models.transfers import Transfer, TransferLine

if TYPE_CHECKING:
    from benchmarks.scale_orders import Draft

#: One of so many orders has it.
HELD, TRANSFERRED, SOLD_AT_TILL, TASKED, SENT_BACK = 10, 100, 20, 8, 50


class Traces:
    """Writes them; none of them moves stock, except that a till sale takes a piece."""

    def __init__(self, book: Book, stock: Stock) -> None:
        self._stock = stock
        self._sizes = book.sizes
        self._ids = {name: book.ids(name) for name in ("floor_tasks", "holds", "hold_lines", "transfers")}
        self._ids |= {name: book.ids(name) for name in ("transfer_lines", "stock_counts", "stock_adjustments")}
        self._ids |= {name: book.ids(name) for name in ("short_picks", "print_jobs", "idempotency_records", "parcels")}
        self._floor_rows(book)
        self._stock_rows(book)

    def _floor_rows(self, book: Book) -> None:
        rows = book.rows
        self._prints = rows(
            PrintJob,
            *("id", "public_id", "store_id", "subject_id", "requested_at"),
            document="bag_label",
            state="printed",
            actor_kind="staff",
        )
        self._actions = rows(
            FloorAction,
            *("action_id", "store_id", "fingerprint", "tapped_at", "recorded_at"),
            kind="pick",
            result={},
            actor_kind="staff",
        )
        self._tasks = rows(
            FloorTask,
            *("id", "public_id", "store_id", "item_id", "order_id", "state", "opened_at", "done_at"),
            kind="count",
            quantity=1,
            reason="short_pick",
        )
        self._parcels = rows(
            Parcel,
            "id",
            "sscc",
            "store_id",
            "opened_at",
            "closed_at",
            destination={"name": "Warehouse"},
            state="closed",
        )
        self._shorts = rows(
            ShortPick,
            *("id", "public_id", "store_id", "order_id", "order_line_id", "item_id", "at", "recorded_at"),
            pieces=1,
            reason="not_found",
            acts_as="not_found",
            actor_kind="staff",
        )
        self._answers = rows(
            IdempotencyRecord,
            *("id", "key", "fingerprint", "created_at", "expires_at"),
            client_id=1,
            status=201,
            headers={},
            body=r"\\x00",
        )

    def _stock_rows(self, book: Book) -> None:
        rows = book.rows
        self._holds = rows(
            Hold, "id", "public_id", "store_id", "created_at", "expires_at", "ended_at", client_id=1, state="used"
        )
        self._hold_lines = rows(HoldLine, "id", "hold_id", "item_id", quantity=1)
        self._transfers = rows(
            Transfer,
            *("id", "public_id", "source_store_id", "destination_store_id", "requested_at", "closed_at"),
            state="received",
        )
        self._transfer_lines = rows(TransferLine, "id", "transfer_id", "item_id", requested=1, shipped=1, received=1)
        self._counts = rows(
            StockCount,
            *("id", "store_id", "item_id", "counted_at", "recorded_at"),
            counted=39,
            expected=40,
            variance=-1,
            actor_kind="staff",
        )
        self._sales = rows(
            StockAdjustment,
            *("id", "store_id", "item_id", "reference", "recorded_at"),
            client_id=1,
            reason="sale",
            delta=-1,
            applied=-1,
            on_hand_after=39,
        )

    def write(self, draft: Draft) -> None:
        """The traces of one order, open or past."""
        at, mark = draft.when(70), draft.public_id[4:]
        self._prints.add(next(self._ids["print_jobs"]), f"prt_{mark}", draft.store, f"pkg_{mark}", at)
        self._actions.add(f"act-{mark}", draft.store, digest("action", draft.key), at, at)
        if draft.key % TASKED == 0:
            self._write_task(draft)
        if draft.lines[0].missing:
            self._write_short(draft)
        if draft.is_open:
            answered = draft.when(0), draft.when(1440)
            self._answers.add(next(self._ids["idempotency_records"]), mark, digest("answer", draft.key), *answered)
            return
        if draft.key % HELD == 0:
            hold, item = next(self._ids["holds"]), draft.lines[0].item
            self._holds.add(hold, f"hld_{mark}", draft.store, draft.when(-10), draft.when(5), draft.when(0))
            self._hold_lines.add(next(self._ids["hold_lines"]), hold, item)
        if draft.key % SENT_BACK == 0:
            times = draft.when(3000), draft.when(4000)
            self._parcels.add(next(self._ids["parcels"]), f"{draft.key:018}", draft.store, *times)
        if draft.key % TRANSFERRED == 0 and self._sizes.stores > 1:
            transfer, other = next(self._ids["transfers"]), draft.store % self._sizes.stores + 1
            self._transfers.add(transfer, f"trf_{mark}", other, draft.store, draft.when(-3000), draft.when(-1000))
            self._transfer_lines.add(next(self._ids["transfer_lines"]), transfer, draft.lines[0].item)

    def write_sale(self, draft: Draft) -> bool:
        """Whether somebody bought the first item at the till meanwhile; its movement is the ledger's."""
        if draft.key % SOLD_AT_TILL:
            return False
        key = next(self._ids["stock_adjustments"])
        self._sales.add(key, draft.store, draft.lines[0].item, f"POS-{key}", draft.when(200))
        return True

    def _write_task(self, draft: Draft) -> None:
        state, done = ("open", NULL) if draft.is_open else ("done", draft.when(240))
        key, mark = next(self._ids["floor_tasks"]), f"tsk_{draft.public_id[4:]}"
        self._tasks.add(key, mark, draft.store, draft.lines[0].item, NULL, state, draft.when(50), done)

    def _write_short(self, draft: Draft) -> None:
        line, at = draft.lines[0], draft.when(50)
        key, mark = next(self._ids["short_picks"]), f"shp_{draft.public_id[4:]}"
        self._shorts.add(key, mark, draft.store, draft.key, line.key, line.item, at, at)
        self._counts.add(next(self._ids["stock_counts"]), draft.store, line.item, draft.when(240), draft.when(240))
