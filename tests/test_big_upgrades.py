"""The migration of a shop that has been open for years: every revision, on both databases, with the books proved."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, func, select, text

from benchmarks.scale_databases import fill
from benchmarks.scale_rows import Sizes
from omni_pickup import clock, create_app, schemas, upgrades
from omni_pickup.models import db
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order
from omni_pickup.queries.stock.books import list_differences
from tests.grounds import settings_for
from tests.postgresql import Server

FIRST = "0001"
SHOP = Sizes(stores=100, items=2000, assortment=200, past=99_000, open=1000)
CORNER_SHOP = replace(SHOP, stores=3, items=60, assortment=30, past=300, open=30)


def old_shop(address: str, sizes: Sizes) -> dict[str, int]:
    """A database of the first revision with that many rows; answers how many by table."""
    engine = create_engine(address)
    with engine.begin() as connection:
        command.upgrade(schemas.config(connection), FIRST)
    engine.dispose()
    return fill(address, sizes, clock.now(), print)


def upgrade(folder: Path, address: str, sizes: Sizes) -> float:
    """Make it, bring it to the newest revision, and answer the seconds that this took."""
    counts = old_shop(address, sizes)
    settings = settings_for(folder, address)
    began = clock.monotonic()
    upgrades.upgrade(settings, print)
    took = clock.monotonic() - began
    app = create_app(settings)
    with app.app_context():
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == schemas.head()
        assert db.session.scalar(select(func.count()).select_from(Order)) == counts["orders"]
        assert db.session.scalar(select(func.count()).select_from(Event)) == counts["events"]
        assert list_differences() == []
        db.session.remove()
        db.engine.dispose()
    sys.stdout.write(f"{counts['orders']:,} orders on {settings.database.partition(':')[0]}: {took:.1f} s\n")
    return took


def test_a_shop_of_the_first_revision_is_brought_to_the_newest(tmp_path: Path) -> None:
    upgrade(tmp_path, f"sqlite:///{tmp_path / 'omni.sqlite'}", CORNER_SHOP)


@pytest.mark.long
def test_a_hundred_thousand_orders_are_migrated_on_sqlite(tmp_path: Path) -> None:
    took = upgrade(tmp_path, f"sqlite:///{tmp_path / 'omni.sqlite'}", SHOP)
    assert took < 300


@pytest.mark.long
def test_a_hundred_thousand_orders_are_migrated_on_postgresql(tmp_path: Path, postgresql_server: Server) -> None:
    took = upgrade(tmp_path, postgresql_server.new_database(), SHOP)
    assert took < 300
