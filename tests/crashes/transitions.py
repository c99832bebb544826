"""kill -9 in the middle of and right behind every change that the shop knows (R3)."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, event

from omni_pickup.api.endpoints import ENDPOINTS
from omni_pickup.models import base, db
from omni_pickup.services.floor.floor_kinds import KINDS
from tests.crashes.dying import Prover
from tests.crashes.floors import Floor
from tests.crashes.stories import CHAPTERS, open_the_shop, placed
from tests.crashes.times import let_time_pass

LEAST_POINTS = 48


def tell_everything(app: OpenAPI, prover: Prover, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole story, and nothing that the shop knows is missing in it."""
    floor = Floor(app, prover)
    for chapter in CHAPTERS:
        chapter(floor)
    let_time_pass(floor, monkeypatch)
    assert set(KINDS) - prover.proved == set()
    assert {endpoint.name for endpoint in ENDPOINTS if not endpoint.reads_only} - prover.proved == set()
    assert len(set(prover.points)) >= LEAST_POINTS


def test_every_transition_is_whole_or_not_at_all_wherever_its_process_dies(
    app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_everything(app, Prover(), monkeypatch)


@pytest.mark.long
def test_every_transition_is_whole_or_not_at_all_at_each_of_its_occurrences(
    app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_everything(app, Prover(every_time=True), monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_every_transition_is_whole_or_not_at_all_on_postgresql(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_everything(app, Prover(every_time=True), monkeypatch)


def test_without_a_transaction_the_proof_finds_the_half_order(app: OpenAPI) -> None:
    """The twin: every statement commits by itself, as it would if nobody had begun."""
    floor = Floor(app, Prover())
    open_the_shop(floor)
    event.remove(db.engine, "begin", base._begin_sqlite)
    event.listen(db.engine, "begin", _begin_nothing)
    try:
        with pytest.raises(AssertionError, match=r"create_order was half done .*order_lines.*orders"):
            placed(floor, "half", TEE=2)
    finally:
        event.remove(db.engine, "begin", _begin_nothing)
        event.listen(db.engine, "begin", base._begin_sqlite)


def _begin_nothing(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only=OFF")
    connection.info["query_only"] = False


def test_a_change_that_is_acknowledged_before_it_is_kept_is_found_lost(
    app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what is said to be committed is rolled back."""
    floor = Floor(app, Prover())
    open_the_shop(floor)
    monkeypatch.setattr(db.session, "commit", db.session.rollback)
    with pytest.raises(AssertionError, match="create_order was acknowledged and is lost"):
        placed(floor, "lost", TEE=2)
