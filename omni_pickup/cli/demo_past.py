"""Four weeks of orders that came and went before the sample day: what pace and promises are measured from.

They are written as rows, not played through the services, because hundreds of them would take a minute. Nobody's
names are with them any more, and no stock figure knows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from omni_pickup import clock, keys
from omni_pickup.cli.demo_acts import Stage
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderContact, OrderLine
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.waves import tote_letter
from omni_pickup.services.promises.paces import measure_due_paces

_DAYS = range(2, 30)
_PICKERS = {"WAW-01": "ania", "STO-01": "nils", "BER-01": "lena"}


@dataclass(frozen=True, slots=True)
class Habit:
    """What a store was like: walks in an hour, minutes of an order and of a piece, and its slow hours of the day."""

    walks_an_hour: float
    per_order: float
    per_piece: float
    slow: tuple[int, ...]


_HABITS = {
    "WAW-01": Habit(0.9, 3.0, 1.2, (16, 17, 18)),
    "STO-01": Habit(0.5, 4.0, 1.5, (12, 17)),
    "BER-01": Habit(0.4, 3.5, 2.0, (18, 19)),
}


@dataclass(slots=True)
class _Past:
    """Rows by what they become; `sizes` are the pieces of each order, `walks` the place of its walk among the waves."""

    waves: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    walks: list[int] = field(default_factory=list)


def play_past(stage: Stage) -> None:
    """Write the past of every store, and measure its pace; inside the caller's transaction."""
    past = _Past()
    for store in stage.stores.values():
        for began in _beginnings(stage, store):
            _walk(stage, store, past, began)
    items = list(db.session.scalars(select(Item.id).where(Item.min_age.is_(None)).order_by(Item.id).limit(40)))
    _write(past, [stage.chance.choice(items) for _ in past.orders])
    measure_due_paces(clock.now(), limit=len(stage.stores))


def _beginnings(stage: Stage, store: Store) -> Iterator[datetime]:
    hours, today = hours_of(store), hours_of(store).local_day(clock.now())
    for ago in reversed(_DAYS):
        for opens, closes in hours.intervals_on(today - timedelta(days=ago)):
            for hour in range(1, round((closes - opens) / timedelta(hours=1)) - 1):
                if stage.chance.random() < _HABITS[store.code].walks_an_hour:
                    yield opens + timedelta(hours=hour, minutes=stage.chance.randrange(45))


def _walk(stage: Stage, store: Store, past: _Past, began: datetime) -> None:
    chance, habit = stage.chance, _HABITS[store.code]
    sizes = [chance.choice((1, 1, 2, 2, 3, 4)) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
    busy = hours_of(store).local_time(began).hour in habit.slow
    minutes = (len(sizes) * habit.per_order + sum(sizes) * habit.per_piece) * (1.7 if busy else 1.0)
    ended = began + timedelta(minutes=minutes * chance.lognormvariate(0, 0.25))
    past.waves.append(
        {
            "public_id": keys.new_id("wav"),
            "store_id": store.id,
            "picker_id": stage.people[_PICKERS[store.code]].id,
            "state": "finished",
            "released_at": began,
            "finished_at": ended,
        }
    )
    for pieces in sizes:
        past.orders.append(_order(stage, store, began, ended, f"PAST-{len(past.orders):05}"))
        past.sizes.append(pieces)
        past.walks.append(len(past.waves) - 1)


def _order(stage: Stage, store: Store, began: datetime, ended: datetime, name: str) -> dict[str, Any]:
    """Promised for a preparation time after it was placed; placed the longer before the walk the busier it was."""
    chance = stage.chance
    busy = hours_of(store).local_time(began).hour in _HABITS[store.code].slow
    placed = began - timedelta(minutes=chance.uniform(10, store.prep_minutes * (0.9 if busy else 0.6)))
    promised = (placed + timedelta(minutes=store.prep_minutes)).replace(second=0, microsecond=0)
    ready = ended + timedelta(minutes=chance.uniform(3, 12))
    collected = ready + timedelta(minutes=chance.uniform(20, 1500))
    public_id = keys.new_id("ord")
    return {
        "public_id": public_id,
        "client_id": stage.client_id,
        "external_id": name,
        "store_id": store.id,
        "state": "collected",
        "fingerprint": "",
        "link_digest": keys.digest(public_id),
        "promised_at": promised,
        "first_promised_at": promised,
        "placed_at": placed,
        "received_at": placed,
        "picking_started_at": began,
        "picked_at": ended,
        "ready_at": ready,
        "notified_at": ready,
        "collected_at": collected,
        "updated_at": collected,
    }


def _write(past: _Past, items: Sequence[int]) -> None:
    """One statement for each table; every order has one line."""
    waves = _ids(Wave, past.waves)
    orders = _ids(Order, past.orders)
    lines = _ids(
        OrderLine,
        [
            {"order_id": order, "line_id": "1", "position": 1, "item_id": item, "ordered": n, "open": 0, "collected": n}
            for order, item, n in zip(orders, items, past.sizes, strict=True)
        ],
    )
    gone = [{"order_id": key, "erased_at": row["updated_at"]} for key, row in zip(orders, past.orders, strict=True)]
    db.session.execute(insert(OrderContact), gone)
    db.session.execute(insert(Tote), _totes(past, waves, orders))
    db.session.execute(insert(PickTask), _tasks(past, waves, orders, lines))


def _ids(model: type[Wave | Order | OrderLine], rows: Sequence[dict[str, Any]]) -> list[int]:
    return list(db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))


def _totes(past: _Past, waves: Sequence[int], orders: Sequence[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place, (walk, order) in enumerate(zip(past.walks, orders, strict=True)):
        number = place - past.walks.index(walk)
        found.append({"wave_id": waves[walk], "order_id": order, "letter": tote_letter(number)})
    return found


def _tasks(past: _Past, waves: Sequence[int], orders: Sequence[int], lines: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
            "public_id": keys.new_id("pck"),
            "store_id": row["store_id"],
            "order_id": order,
            "order_line_id": line,
            "wave_id": waves[walk],
            "walk_position": 1,
            "quantity": pieces,
            "picked": pieces,
            "state": "done",
        }
        for row, order, line, walk, pieces in zip(past.orders, orders, lines, past.walks, past.sizes, strict=True)
    ]
