"""The sample data is worth looking at, true to the rules, and loaded once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import func, select

from omni_pickup import clock, create_app
from omni_pickup.cli import demos
from omni_pickup.cli.demo_catalog import sample_items
from omni_pickup.cli.demo_pictures import write_pictures
from omni_pickup.cli.demo_scenes import SCENES
from omni_pickup.cli.demo_stores import make_stores
from omni_pickup.cli.settings import OPERATOR
from omni_pickup.config import ROOT, ConfigError, Settings, load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import CheckIn, Order, Question
from omni_pickup.models.returns import Return
from omni_pickup.models.stock import StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.promises.paces import pace_row
from omni_pickup.queries.promises.promise_reports import promise_report
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.rules.gtins import normalise_gtin
from tests.builders import set_clock
from tests.people import make_store


def test_items_have_distinct_skus_and_right_barcode_numbers() -> None:
    items = list(sample_items())
    assert len(items) > 280
    assert len({item["sku"] for item in items}) == len(items)
    gtins = [normalise_gtin(gtin) for item in items for gtin in item["gtins"]]
    assert len(set(gtins)) == len(items)


@pytest.mark.parametrize("hour", ["03:00", "09:30", "14:00", "20:30", "23:50"])
@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-23", "2026-12-24"])
def test_the_stores_are_open_around_now_whenever_the_sample_day_is_made(
    app: OpenAPI, monkeypatch: pytest.MonkeyPatch, day: str, hour: str
) -> None:
    now = set_clock(monkeypatch, f"{day}T{hour}:00+00:00")
    with transaction():
        stores = make_stores(OPERATOR)
    for store in stores.values():
        assert all(hours_of(store).is_open(now + timedelta(hours=away)) for away in (-6, -3, 0, 3)), store.code


def test_every_item_has_a_picture_that_we_drew(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    for url in {item["image_url"] for item in sample_items()}:
        name = url.rsplit("/", 1)[1]
        assert (ROOT / url.lstrip("/")).read_text() == (tmp_path / name).read_text()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(load_settings({}, instance_dir=folder, demo=True, secret_key="k" * 40, pin_pepper="p" * 40))
    with app.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        demos.load_demo(app)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_every_scene_stands_and_the_books_are_equal(shop: OpenAPI) -> None:
    of_today = ~Order.external_id.startswith("PAST-", autoescape=True)
    assert db.session.scalar(select(func.count(Order.id)).where(of_today)) == len(SCENES)
    assert list_differences() == []


def test_the_past_shows_a_measured_pace_and_promises_that_were_mostly_kept(shop: OpenAPI) -> None:
    for store in db.session.scalars(select(Store)).all():
        pace, report = pace_row(store), promise_report(store, now=clock.now())
        assert pace is not None
        assert pace.orders > 80
        assert report.all.promises > 80
        assert 0.5 < (report.all.share or 0) < 1


def test_there_is_something_in_every_state(shop: OpenAPI) -> None:
    states = Counter(db.session.scalars(select(Order.state)))
    assert set(states) == {"received", "picking", "picked", "ready", "collected", "cancelled", "expired"}
    assert {"announced", "received", "inspected", "closed"} <= set(db.session.scalars(select(Return.state)))
    assert db.session.scalar(select(func.count(Question.id)).where(Question.state == "open"))
    waiting = select(CheckIn.kind).where(CheckIn.ended_at.is_(None))
    assert set(db.session.scalars(waiting)) == {"here", "on_my_way"}


def test_the_logins_are_for_the_owner_of_this_machine_only(shop: OpenAPI) -> None:
    settings: Settings = shop.config["SETTINGS"]
    path = settings.instance_dir / "demo-logins.json"
    assert path.stat().st_mode & 0o777 == 0o600
    logins = json.loads(path.read_text())
    assert {person["role"] for person in logins["people"]} == {"associate", "manager", "admin"}
    assert logins["api_key"].startswith("omni_")


def test_a_second_load_changes_nothing(shop: OpenAPI) -> None:
    before = db.session.scalar(select(func.count(StockMovement.id)))
    demos.load_demo(shop)
    assert db.session.scalar(select(func.count(StockMovement.id))) == before


def test_half_loaded_data_is_not_added_to(app: OpenAPI) -> None:
    make_store()
    with pytest.raises(ConfigError, match="half there"):
        demos.load_demo(app)
