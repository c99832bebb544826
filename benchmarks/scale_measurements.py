"""The same requests on two databases in turn, so that a busy machine slows both: how they answer when history grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import Engine, event, select

from benchmarks.scale_walks import Walker, must
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.orders import Order, OrderContact, PickupCode
from omni_pickup.services.events import record

#: Answers of each database before the clock starts: caches of statements, templates and pages.
WARM_UP = 15


@dataclass(slots=True)
class Times:
    """Milliseconds of each request, and those of it that the database took."""

    whole: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


def percentile(times: list[float], share: float) -> float:
    """The time within which that share of the answers came."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of request on the small and on the large database."""

    name: str
    small: Times
    large: Times

    @property
    def ratio(self) -> float:
        """How much later 95 of 100 answers are there on the large one."""
        return percentile(self.large.whole, 0.95) / percentile(self.small.whole, 0.95)

    @property
    def database_ratio(self) -> float:
        return percentile(self.large.database, 0.95) / percentile(self.small.database, 0.95)


class _Stopwatch:
    """Adds up the time that statements take."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def before(self, *_: object) -> None:
        self._began = time.perf_counter()

    def after(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began


@contextmanager
def _watched(engine: Engine) -> Iterator[_Stopwatch]:
    watch = _Stopwatch()
    listeners = (("before_cursor_execute", watch.before), ("after_cursor_execute", watch.after))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield watch
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def compare(small: Walker, large: Walker, *, rounds: int) -> Iterator[Comparison]:
    """Every kind of request, `rounds` times on each database in turn."""
    with _watched(_engine(small.app)) as small_watch, _watched(_engine(large.app)) as large_watch:
        pairs = zip(_requests(small), _requests(large), strict=True)
        for (name, ask_small), (_, ask_large) in pairs:
            found = Comparison(name, Times(), Times())
            for number in range(-WARM_UP, rounds):
                sides = [(ask_small, small_watch, found.small), (ask_large, large_watch, found.large)]
                for walker in (small, large):
                    _make_news(walker)
                for ask, watch, times in sides if number % 2 else reversed(sides):
                    _time(ask, watch, times if number >= 0 else Times())
            yield found


def _make_news(walker: Walker) -> None:
    """Something happens at the store, so that no page is answered from what was drawn before."""
    with walker.app.app_context():
        with transaction("news"):
            record("task.progressed", by=SYSTEM, data={}, store_id=walker.store_id)
        db.session.remove()


def _time(ask: Callable[[], object], watch: _Stopwatch, times: Times) -> None:
    watch.seconds, began = 0.0, time.perf_counter()
    ask()
    times.whole.append((time.perf_counter() - began) * 1000)
    times.database.append(watch.seconds * 1000)


def _requests(walker: Walker) -> Iterator[tuple[str, Callable[[], object]]]:
    words = _words(walker)
    yield "board, what changed", lambda: must(walker.board(), 200)
    for name, text in words.items():
        yield f"search by {name}", _search(walker, text)
    yield "availability 100 x 100", lambda: must(walker.availability(), 200)
    yield "order intake", lambda: must(walker.order(), 201)


def _search(walker: Walker, text: str) -> Callable[[], object]:
    return lambda: must(walker.find(text), 200, 303)


def _words(walker: Walker) -> dict[str, str]:
    """What is said of one order that is ready at the walker's store."""
    with walker.app.app_context():
        ready = select(Order).where(Order.store_id == walker.store_id, Order.state == "ready").order_by(Order.id)
        order = db.session.scalars(ready.limit(1)).unique().one()
        contact = db.session.get_one(OrderContact, order.id)
        code = db.session.scalars(select(PickupCode.code).where(PickupCode.order_id == order.id)).one()
        db.session.remove()
    return {
        "number": order.number,
        "end of a number": order.number[-4:],
        "end of a telephone": contact.phone_end or "",
        "surname": contact.surname_key or "",
        "pickup code": code,
    }


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine
