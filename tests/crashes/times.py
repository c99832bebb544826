"""What the worker does by itself when its time has come, told to the prover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.delivery.ticks import ticks
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Device, Staff
from omni_pickup.queries.stock.items import get_item
from omni_pickup.services.staff.staff_sessions import open_session
from omni_pickup.services.staff.throttles import reserve_attempt
from omni_pickup.services.stock.learned_safety import RAISED
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from tests.api.shops import return_body
from tests.crashes.floors import HERE, Floor
from tests.crashes.stories import pick_tasks, placed, ready

#: It writes a file and no row; its own proof is in `tests/delivery/test_backups.py`.
WITHOUT_ROWS = "nightly_backup"


@dataclass(frozen=True, slots=True)
class Turn:
    """A tick's turn so many days ahead. `point` names its transaction, if that is called otherwise."""

    tick: str
    days: float
    point: str = ""
    tells: bool = True
    replays: bool = True


TURNS = (
    Turn("count_shifts", 0.0, tells=False),
    Turn("measure_paces", 0.01, tells=False),
    Turn("expire_holds", 0.1),
    Turn("watch_promises", 0.2, "recheck_promises"),
    Turn("expire_questions", 0.5),
    Turn("remind_orders", 2.0),
    Turn("expire_orders", 6.0),
    Turn("expire_returns", 20.0),
    Turn("purge_idempotency", 21.0, tells=False),
    Turn("purge_access", 22.0, tells=False),
    Turn("fade_learned_safety", 40.0),
    # One tick of three transactions: each time the next process goes on where the one before it died.
    Turn("keep_history", 500.0, "forget_told", tells=False, replays=False),
    Turn("keep_history", 500.0, "pack_events", tells=False, replays=False),
    Turn("keep_history", 500.0, "pack_movements", tells=False, replays=False),
)


def let_time_pass(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds, questions, orders, returns, answers and attempts that nobody came for."""
    work = {tick.name: tick.run for tick in ticks(floor.settings) if tick.name != WITHOUT_ROWS}
    assert set(work) == {turn.tick for turn in TURNS}
    _make_things_wait(floor)
    for turn in TURNS:
        with monkeypatch.context() as patch:
            _travel(patch, timedelta(days=turn.days))
            point = turn.point or turn.tick
            floor.prover.prove(point, point, work[turn.tick], replays=turn.replays, tells=turn.tells)


def _make_things_wait(floor: Floor) -> None:
    floor.call("place_hold", "POST", "/holds", {"store": HERE, "lines": [{"sku": "TEE", "quantity": 1}]})
    asked = placed(floor, "asked", TEE=2)
    floor.act("pick_now", order=asked)
    floor.act("short", task=pick_tasks(asked)[0], pieces=1, reason="damaged")
    ready(floor, "waits", TEE=1)
    floor.call("announce_return", "POST", "/returns", return_body("R-9"))
    with transaction():
        reserve_attempt("code", "device:0")
        cause = Cause(RAISED, SYSTEM)
        move_stock(floor.store().id, get_item("TEE").id, cause=cause, learned_safety=1)
        person = db.session.query(Staff).filter_by(login="ania").one()
        open_session(person, kind="pin", device=db.session.query(Device).filter_by(name="ania").one(), hours=12)


def _travel(patch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    at = clock.now() + ahead
    patch.setattr(clock, "now", lambda: at)
