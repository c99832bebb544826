"""`omni history`: what was packed away can be counted and written back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from omni_pickup import clock, create_app
from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.services.histories import pack_events, pack_movements
from tests.builders import make_client, make_item, make_order, make_stock
from tests.cli.conftest import Omni
from tests.people import make_staff, make_store


@pytest.fixture
def shop(omni: Omni, own: Settings) -> Omni:
    """A shop whose whole past is packed but the newest event."""
    with create_app(own).app_context():
        store, item = make_store(), make_item("A")
        make_stock(store, item, 10)
        make_order(store, make_client(), [(item, 1)])
        for login in ("ania", "bartek", "mona"):
            make_staff(login, store)
        before = clock.now() + timedelta(seconds=1)
        with transaction():
            assert pack_events(before, limit=100) == 2
            assert pack_movements(before) == 1
        db.session.remove()
    return omni


def test_status_counts_pages_and_rows(shop: Omni) -> None:
    result = shop("history", "status")
    assert result.code == 0
    lines = sorted(line.rpartition(",")[0] for line in result.out.splitlines())
    assert lines == ["events: 2 rows in 1 pages", "stock_movements: 2 rows in 1 pages"]


def test_status_says_that_nothing_is_packed(omni: Omni) -> None:
    result = omni("history", "status")
    assert (result.code, result.out.strip()) == (0, "Nothing is packed yet.")


def test_export_writes_rows_as_they_were_and_never_over_a_file(shop: Omni, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    assert shop("history", "export", "events", str(file)).code == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["type"] for row in rows] == ["staff.created", "staff.created"]
    assert shop("history", "export", "events", str(file)).code != 0
    assert len(file.read_text().splitlines()) == 2
