"""Alive, ready, and the numbers behind a token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, event, text

from omni_pickup import clock, create_app, outages, schemas
from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event
from omni_pickup.models.stores import Heartbeat


def _make_ready(*, beat_ago: float = 0) -> None:
    with transaction():
        db.session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        db.session.execute(text("DELETE FROM alembic_version"))
        db.session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": schemas.head()})
        db.session.merge(Heartbeat(name="worker", beat_at=clock.now() - timedelta(seconds=beat_ago)))


def _event(*, ahead: float) -> None:
    at = clock.now() + timedelta(seconds=ahead)
    event = Event(public_id="evt_1", type="order.ready", data={}, occurred_at=at, recorded_at=at, actor_kind="system")
    with transaction():
        db.session.add(event)


def _checks(app: OpenAPI) -> tuple[int, dict[str, bool]]:
    response = app.test_client().get("/readyz")
    assert response.json is not None
    return response.status_code, response.json["checks"]


def test_alive_needs_no_database(settings: Settings) -> None:
    path = settings.sqlite_path
    assert path is not None
    path.write_bytes(b"this is no database" * 100)
    response = create_app(settings).test_client().get("/healthz")
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["status"] == "ok"


def test_ready_when_everything_is_fit(app: OpenAPI) -> None:
    _make_ready()
    assert _checks(app) == (200, {"database": True, "schema": True, "worker": True, "clock": True, "writable": True})


def test_not_ready_without_a_schema(app: OpenAPI) -> None:
    status, checks = _checks(app)
    assert (status, checks["schema"], checks["database"]) == (503, False, True)


def test_not_ready_with_another_schema(app: OpenAPI) -> None:
    _make_ready()
    with transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert _checks(app)[1]["schema"] is False


@pytest.mark.parametrize(("seconds", "fit"), [(50, True), (70, False)])
def test_an_old_heartbeat_is_not_ready(app: OpenAPI, seconds: float, fit: bool) -> None:
    _make_ready(beat_ago=seconds)
    assert _checks(app)[1]["worker"] is fit


def test_one_living_worker_is_enough(app: OpenAPI) -> None:
    _make_ready(beat_ago=500)
    with transaction():
        db.session.add(Heartbeat(name="worker:2", beat_at=clock.now()))
    assert _checks(app)[0] == 200


@pytest.mark.parametrize(("ahead", "fit"), [(50, True), (70, False)])
def test_time_that_runs_behind_the_newest_event_is_not_ready(app: OpenAPI, ahead: float, fit: bool) -> None:
    _make_ready()
    _event(ahead=ahead)
    assert _checks(app)[1]["clock"] is fit


def test_a_database_that_cannot_be_read_is_not_ready(app: OpenAPI, settings: Settings) -> None:
    _make_ready()
    db.session.remove()
    db.engine.dispose()
    path = settings.sqlite_path
    assert path is not None
    path.write_bytes(b"this is no database" * 100)
    response = app.test_client().get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json is not None
    assert response.json["checks"]["database"] is False


@pytest.fixture
def nothing_failed() -> Iterator[None]:
    """Suspicion belongs to the process and would reach the next test."""
    outages.trust()
    yield
    outages.trust()


def _refuse_writes(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only=ON")


def test_a_database_that_takes_no_changes_is_not_ready_until_it_does(app: OpenAPI, nothing_failed: None) -> None:
    _make_ready()
    event.listen(db.engine, "begin", _refuse_writes)
    try:
        assert _checks(app)[0] == 200, "nobody has tried to write yet"
        outages.suspect()
        status, checks = _checks(app)
        assert (status, checks["writable"], checks["database"]) == (503, False, True)
        assert _checks(app)[0] == 503, "it stays so while it is so"
    finally:
        event.remove(db.engine, "begin", _refuse_writes)
    db.session.remove()
    db.engine.dispose()
    assert _checks(app) == (200, dict.fromkeys(("database", "schema", "worker", "clock", "writable"), True))
    assert not outages.is_suspected()


def test_metrics_exist_only_with_a_token(app: OpenAPI, settings: Settings) -> None:
    assert app.test_client().get("/metrics").status_code == 404
    client = create_app(settings.model_copy(update={"metrics_token": "m" * 32})).test_client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"})
    assert answer.status_code == 200
    assert b"python_info" in answer.data


def test_the_numbers_name_endpoints_and_never_addresses(app: OpenAPI, settings: Settings) -> None:
    client = create_app(settings.model_copy(update={"metrics_token": "m" * 32})).test_client()
    client.get("/healthz")
    client.get("/p/a-secret-token")
    client.open("/healthz", method="INVENTED")
    numbers = client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}).text
    assert 'omni_request_seconds_count{endpoint="health.alive",method="GET",status="200"}' in numbers
    assert "a-secret-token" not in numbers
    assert "INVENTED" not in numbers
    assert 'omni_open_orders{state="received"} 0.0' in numbers
    assert 'omni_outbox_messages{state="dead"} 0.0' in numbers


def test_numbers_without_a_database_are_out_of_service(app: OpenAPI, settings: Settings) -> None:
    with transaction():
        db.session.execute(text("DROP TABLE outbox"))
    client = create_app(settings.model_copy(update={"metrics_token": "m" * 32})).test_client()
    assert client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}).status_code == 503
