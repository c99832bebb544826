"""`omni` with one guard taken out, so that a race proves something: it must be lost here.

python -m tests.races.unguarded GUARD[,GUARD...] web --port ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import select, update

from omni_pickup import cli, clock
from omni_pickup.api import serving
from omni_pickup.models import base
from omni_pickup.models.base import db
from omni_pickup.models.stock import StockLevel
from omni_pickup.services.orders import order_rows, orders
from omni_pickup.services.stock import stock_moves

_seen: ContextVar[dict[tuple[int, int], int]] = ContextVar("seen")
#: Long enough for every racer to have read before the first one writes, also on a machine that is busy.
_READ_SECONDS = 1.0


def reservation() -> None:
    """Instead of the guarded UPDATE: read what is free, decide, then write."""
    guarded = serving.transaction

    @contextmanager
    def read_first(name: str) -> Iterator[None]:
        free = StockLevel.on_hand - StockLevel.reserved
        rows = db.session.execute(select(StockLevel.store_id, StockLevel.item_id, free))
        _seen.set({(store_id, item_id): pieces for store_id, item_id, pieces in rows})
        clock.sleep(_READ_SECONDS)
        with guarded(name):
            yield

    def write_then(store_id: int, asked: Mapping[int, int]) -> set[int]:
        free = _seen.get()
        enough = {item_id for item_id, pieces in asked.items() if free[store_id, item_id] >= pieces}
        for item_id in enough:
            db.session.execute(
                update(StockLevel)
                .where(StockLevel.store_id == store_id, StockLevel.item_id == item_id)
                .values(reserved=StockLevel.reserved + asked[item_id])
                .execution_options(synchronize_session=False)
            )
        return enough

    serving.transaction = read_first  # type: ignore[assignment]
    stock_moves._reserve_all = write_then


def checks() -> None:
    """Without the second wall, the CHECK constraints."""
    prepare = base._prepare_sqlite

    def unchecked(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA ignore_check_constraints=ON")

    base._prepare_sqlite = unchecked


def external_id() -> None:
    """Neither looks whether the external_id is known nor lets the database refuse it twice."""
    insert_order = order_rows.insert_order

    def insert_any(request: Any, **values: Any) -> Any:
        request.columns["external_id"] = None
        return insert_order(request, **values)

    orders._existing = lambda values, client_id: None  # type: ignore[assignment]
    order_rows.insert_order = insert_any


def idempotency() -> None:
    """Forgets every key."""
    serving.claim_key = lambda client_id, key, **values: None  # type: ignore[assignment]
    serving.remember_answer = lambda client_id, key, answer: None


GUARDS = {guard.__name__: guard for guard in (reservation, checks, external_id, idempotency)}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        GUARDS[name]()
    sys.exit(cli.run(sys.argv[2:]))
