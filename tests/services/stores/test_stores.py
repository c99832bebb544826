"""What an owner may say about a store, and what is wrong with the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import get_store, list_stores, staging_locations, store_shape
from omni_pickup.services.stores.stores import pause_store, put_staging_location, put_store, resume_store
from tests.builders import dump_tables, store_values

pytestmark = pytest.mark.usefixtures("app")


def put(code: str = "WAW-01", **values: Any) -> tuple[Store, bool]:
    with transaction():
        return put_store(code, store_values(**values), by=SYSTEM)


def problems(code: str = "WAW-01", **values: Any) -> dict[str, str]:
    """What is wrong, by pointer; nothing may have been written."""
    before = dump_tables()
    with pytest.raises(Invalid) as caught, transaction():
        put_store(code, store_values(**values), by=SYSTEM)
    assert dump_tables() == before
    return {error["pointer"]: error["message"] for error in caught.value.details["errors"]}


def event_types() -> list[str]:
    return list(db.session.scalars(db.select(Event.type).order_by(Event.id)))


def test_a_new_store_is_created_and_the_second_put_replaces_it() -> None:
    assert put()[1] is True
    store, created = put(name="Warszawa Praga", pickup={"prep_minutes": 30})
    assert created is False
    assert (store.name, store.prep_minutes) == ("Warszawa Praga", 30)
    assert event_types() == ["store.created", "store.changed"]


def test_its_shape_may_be_put_back_and_changes_nothing() -> None:
    store, _ = put(
        holidays={"country": "PL", "subdivision": None},
        exceptions=[{"date": "2026-12-24", "hours": [["09:00", "14:00"]]}],
        handoff={"require_qr": True, "photo_id_from": "500.00"},
        staging_locations=[{"code": "A1", "zone": "ambient", "kind": "shelf"}],
        pickup={"cut_off": "18:00", "hold_days_by_zone": {"chilled": 1}, "pace_per_hour": 80, "bays": ["1", "2"]},
    )
    shape = store_shape(store)
    with transaction():
        again, created = put_store("WAW-01", shape, by=SYSTEM)
    assert (created, store_shape(again)) == (False, shape)
    assert event_types() == ["store.created"]


def test_extensions_that_a_client_does_not_name_survive_its_put() -> None:
    put(holidays={"country": "PL"}, staging_locations=[{"code": "A1"}], pickup={"cut_off": "18:00"})
    store, _ = put()
    shape = store_shape(store)
    assert shape["holidays"] == {"country": "PL", "subdivision": None}
    assert shape["staging_locations"] == [{"code": "A1", "zone": "ambient", "kind": "shelf"}]
    assert shape["pickup"]["cut_off"] == "18:00"


def test_adjacent_intervals_join_and_a_missing_day_is_closed() -> None:
    store, _ = put(hours={"mon": [["12:00", "21:00"], ["09:00", "12:00"]]})
    assert store.hours["mon"] == [["09:00", "21:00"]]
    assert store.hours["sun"] == []


def test_codes_are_case_sensitive() -> None:
    put("waw-01")
    assert put("WAW-01")[1] is True
    with pytest.raises(NotFound):
        get_store("Waw-01")


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"name": "  "}, "/name"),
        ({"timezone": "Europe/Warschau"}, "/timezone"),
        ({"timezone": "../etc/passwd"}, "/timezone"),
        ({"latitude": 91}, "/latitude"),
        ({"latitude": None}, "/latitude"),
        ({"longitude": -181.0}, "/longitude"),
        ({"phone": "call us"}, "/phone"),
        ({"address": {"country": "Poland"}}, "/address/country"),
        ({"hours": {"mon": [["21:00", "09:00"]]}}, "/hours/mon/0"),
        ({"hours": {"mon": [["09:00", "25:00"]]}}, "/hours/mon/0/1"),
        ({"hours": {"mon": [["09:00", "13:00"], ["12:00", "14:00"]]}}, "/hours/mon/1"),
        ({"hours": {"monday": []}}, "/hours/monday"),
        ({"exceptions": [{"date": "2026-02-30", "hours": []}]}, "/exceptions/0/date"),
        ({"exceptions": [{"date": "2026-12-25", "hours": []}] * 2}, "/exceptions/1/date"),
        ({"exceptions": [{"date": "2026-12-25", "hours": [["9:00", "10:00"]]}]}, "/exceptions/0/hours/0/0"),
        ({"holidays": {"country": "XX"}}, "/holidays/country"),
        ({"holidays": {"country": "DE", "subdivision": "ZZ"}}, "/holidays/subdivision"),
        ({"pickup": {"prep_minutes": -1}}, "/pickup/prep_minutes"),
        ({"pickup": {"hold_days": 0}}, "/pickup/hold_days"),
        ({"pickup": {"hold_days": 61}}, "/pickup/hold_days"),
        ({"pickup": {"pickers": 1001}}, "/pickup/pickers"),
        ({"pickup": {"slot_minutes": 30}}, "/pickup/slot_minutes"),
        ({"pickup": {"slot_minutes": 30, "slot_capacity": 0}}, "/pickup/slot_capacity"),
        ({"pickup": {"bays": ["1", " 2"]}}, "/pickup/bays/1"),
        ({"pickup": {"bays": ["1", "1"]}}, "/pickup/bays/1"),
        ({"pickup": {"cut_off": "6 pm"}}, "/pickup/cut_off"),
        ({"pickup": {"pace_per_hour": 0}}, "/pickup/pace_per_hour"),
        ({"pickup": {"hold_days_by_zone": {"warm": 1}}}, "/pickup/hold_days_by_zone/warm"),
        ({"handoff": {"photo_id_from": "a lot"}}, "/handoff/photo_id_from"),
        ({"handoff": {"ask_twice": True}}, "/handoff/ask_twice"),
        ({"staging_locations": [{"code": "A1"}, {"code": "A1"}]}, "/staging_locations/1/code"),
        ({"staging_locations": [{"code": "A1", "zone": "hot"}]}, "/staging_locations/0/zone"),
        ({"staging_locations": [{"code": "A1", "kind": "hole"}]}, "/staging_locations/0/kind"),
    ],
)
def test_a_wrong_value_is_pointed_at_and_nothing_is_written(values: dict[str, Any], pointer: str) -> None:
    assert pointer in problems(**values)


def test_a_code_has_no_spaces_at_its_ends() -> None:
    assert "/code" in problems(" WAW-01")


def test_all_wrong_values_are_named_at_once() -> None:
    assert problems(name="", timezone="Nowhere", pickup={"hold_days": 0}).keys() == {
        "/name",
        "/timezone",
        "/pickup/hold_days",
    }


def test_a_pause_is_visible_until_its_end_or_until_someone_resumes() -> None:
    store, _ = put()
    until = clock.now() + timedelta(hours=1)
    with transaction():
        pause_store(get_store("WAW-01"), until=until, reason="Power cut", by=SYSTEM)
    shape = store_shape(store)["paused"]
    assert shape["reason"] == "Power cut"
    assert not store.is_paused(until)
    with transaction():
        resume_store(get_store("WAW-01"), by=SYSTEM)
    assert store_shape(get_store("WAW-01"))["paused"] is None
    assert event_types() == ["store.created", "store.paused", "store.resumed"]


def test_pausing_or_resuming_twice_is_one_change() -> None:
    put()
    for _ in range(2):
        with transaction():
            pause_store(get_store("WAW-01"), until=None, reason="Stocktaking", by=SYSTEM)
    for _ in range(2):
        with transaction():
            resume_store(get_store("WAW-01"), by=SYSTEM)
    assert event_types() == ["store.created", "store.paused", "store.resumed"]


def test_a_pause_that_is_over_before_it_begins_is_refused() -> None:
    put()
    with pytest.raises(Invalid) as caught, transaction():
        pause_store(get_store("WAW-01"), until=clock.now(), reason="Late", by=SYSTEM)
    assert caught.value.details["errors"][0]["pointer"] == "/until"


def test_a_staging_location_is_made_changed_and_taken_out_of_use() -> None:
    store, _ = put()
    with transaction():
        put_staging_location(store, "F1", zone="chilled", kind="fridge", by=SYSTEM)
    with transaction():
        put_staging_location(store, "F1", zone="frozen", kind="freezer", by=SYSTEM)
        put_staging_location(store, "F1", zone="frozen", kind="freezer", by=SYSTEM)
    assert [(place.code, place.zone) for place in staging_locations(store.id)] == [("F1", "frozen")]
    assert event_types().count("staging_location.changed") == 2
    put(staging_locations=[])
    assert staging_locations(store.id) == []


def test_a_staging_location_of_an_unknown_kind_is_refused() -> None:
    store, _ = put()
    with pytest.raises(Invalid) as caught, transaction():
        put_staging_location(store, "F1 ", zone="lukewarm", kind="box", by=SYSTEM)
    assert [error["pointer"] for error in caught.value.details["errors"]] == ["/code", "/zone", "/kind"]


def test_stores_are_listed_by_code_page_by_page_and_within_a_keys_stores() -> None:
    ids = {code: put(code)[0].id for code in ("B", "A", "C")}
    assert [store.code for store in list_stores(limit=2)] == ["A", "B"]
    assert [store.code for store in list_stores(after="B")] == ["C"]
    assert [store.code for store in list_stores(store_ids={ids["C"]})] == ["C"]
