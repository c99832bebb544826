"""What the worker does by itself when its time has come, told to the prover."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.delivery.ticks import ticks
from omni_pickup.models import transaction
from omni_pickup.services.throttles import reserve_attempt
from tests.api.shops import return_body
from tests.crashes.floors import HERE, Floor
from tests.crashes.stories import pick_tasks, placed, ready

#: It writes a file and no row; its own proof is in `tests/delivery/test_backups.py`.
WITHOUT_ROWS = "nightly_backup"


def let_time_pass(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds, questions, orders, returns, answers and attempts that nobody came for."""
    work = {tick.name: tick.run for tick in ticks(floor.settings) if tick.name != WITHOUT_ROWS}
    floor.call("place_hold", "POST", "/holds", {"store": HERE, "lines": [{"sku": "TEE", "quantity": 1}]})
    asked = placed(floor, "asked", TEE=2)
    floor.act("pick_now", order=asked)
    floor.act("short", task=pick_tasks(asked)[0], pieces=1, reason="damaged")
    ready(floor, "waits", TEE=1)
    floor.call("announce_return", "POST", "/returns", return_body("R-9"))
    with transaction():
        reserve_attempt("code", "device:0")
    for name, days in (
        ("expire_holds", 0.1),
        ("expire_questions", 0.5),
        ("remind_orders", 2.0),
        ("expire_orders", 6.0),
        ("expire_returns", 20.0),
        ("purge_idempotency", 21.0),
        ("purge_access", 22.0),
    ):
        with monkeypatch.context() as patch:
            _travel(patch, timedelta(days=days))
            floor.prover.prove(name, name, work.pop(name), replays=True, tells=not name.startswith("purge"))
    assert work == {}, f"nobody let their time pass: {sorted(work)}"


def _travel(patch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    at = clock.now() + ahead
    patch.setattr(clock, "now", lambda: at)
