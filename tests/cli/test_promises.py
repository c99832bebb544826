"""`omni promise report`: how well promises were kept, for people and for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from omni_pickup import clock, create_app
from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from tests.builders import make_client, make_item, make_order, make_stock
from tests.cli.conftest import Omni
from tests.people import make_store


@pytest.fixture
def shop(omni: Omni, own: Settings) -> Omni:
    """Three promises of one store for the same hour two days ago, two of them kept; and a store without any."""
    with create_app(own).app_context():
        store, item = make_store(), make_item("A")
        make_store("=BER-01", name="Berlin")
        make_stock(store, item, 10)
        at = (clock.now() - timedelta(days=2)).replace(minute=30, second=0, microsecond=0)
        for late in (-12, -3, 20):
            order = make_order(store, make_client(), [(item, 1)], promised_at=at, first_promised_at=at)
            with transaction():
                row = db.session.get_one(Order, order.id)
                row.state, row.ready_at = "collected", at + timedelta(minutes=late)
        db.session.remove()
    return omni


def test_the_table_says_what_was_kept_and_by_how_much(shop: Omni) -> None:
    result = shop("promise", "report")
    assert result.code == 0
    head, columns, hour, every = result.out.strip().splitlines()
    assert head.startswith("WAW-01 Warszawa Centrum, since ")
    assert columns.split() == ["hour", "promises", "kept", "median", "9", "in", "10"]
    assert hour.split()[1:] == every.split()[1:] == ["3", "67%", "-3", "min", "+20", "min"]
    assert "No promise came due in 1 store." in result.err


def test_the_csv_has_a_row_for_each_hour_and_one_for_all(shop: Omni) -> None:
    rows = list(csv.DictReader(io.StringIO(shop("promise", "report", "--csv").out)))
    figures = {"promises": "3", "kept": "2", "share_kept": "0.6667", "median_minutes": "-3.0", "p90_minutes": "20.0"}
    mine = [row for row in rows if row["store"] == "WAW-01"]
    assert [{name: row[name] for name in figures} for row in mine] == [figures, figures]
    assert mine[-1]["hour"] == "all"


def test_a_stores_code_is_no_formula(shop: Omni) -> None:
    rows = list(csv.DictReader(io.StringIO(shop("promise", "report", "--csv", "--store", "=BER-01").out)))
    assert [(row["store"], row["promises"], row["median_minutes"]) for row in rows] == [("'=BER-01", "0", "")]


def test_a_day_may_be_named_and_a_store(shop: Omni) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    assert "No promise came due in 1 store." in shop("promise", "report", "--store", "WAW-01", "--since", tomorrow).err


def test_an_unknown_store_and_a_day_that_is_none_are_said_in_one_sentence(shop: Omni) -> None:
    unknown = shop("promise", "report", "--store", "nowhere")
    assert unknown.code != 0
    assert "There is no store nowhere." in unknown.err
    assert shop("promise", "report", "--since", "yesterday").code == 2
