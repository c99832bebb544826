"""The API against its own OpenAPI document, by machine-made requests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.specs.openapi.checks import allow_header_conformance

from omni_pickup import create_app, keys
from omni_pickup.api.endpoints import ENDPOINTS
from omni_pickup.config import load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import SCOPES
from omni_pickup.services.stores.clients import create_key
from tests.api.conftest import Shop
from tests.api.shops import placed, return_body, stocked

#: What well-formed data may be answered with: the document cannot say which meanings are wrong (422), nor that a
#: text with characters beyond JSON's safe part is unreadable (400).
FINE = ["2xx", "400", "401", "403", "404", "409", "412", "422"]
CONFIG: dict[str, Any] = {
    "generation": {"allow-x00": False, "codec": "utf-8"},
    "checks": {"positive_data_acceptance": {"expected-statuses": FINE}},
}
#: Real names in place of most made-up ones, so that requests get beyond 404.
KNOWN: dict[str, str] = {}


FOLDER = Path(tempfile.mkdtemp(prefix="omni-schema-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
SETTINGS = load_settings(
    {},
    instance_dir=FOLDER,
    database_url=f"sqlite:///{FOLDER / 'omni.sqlite'}",
    secret_key="k" * 40,
    pin_pepper="p" * 40,
    base_url="http://localhost",
    api_limit="1000000 per 1 second",
)
APP = create_app(SETTINGS)
#: Made while tests are collected, because each operation becomes a test of its own; it needs no database.
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APP, config=schemathesis.Config.from_dict(CONFIG))


def send(case: Any) -> None:
    """Two in three made-up names become real ones; which, follows from the name alone. Wrong ones stay wrong."""
    if case.meta is not None and case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE:
        for name, value in (case.path_parameters or {}).items():
            case.path_parameters[name] = KNOWN[name] if len(str(value)) % 3 else value
    case.call_and_validate(excluded_checks=_excluded(case))


def _excluded(case: Any) -> list[Any]:
    """`.../stock/adjustments` is also the level of an item called "adjustments", so its Allow rightly names PUT."""
    return [allow_header_conformance] if case.operation.path.endswith("/stock/adjustments") else []


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    """A store, an order, a return and a hold, and a key in every request that is not meant to lack one."""
    # Secrets and the base address belong to the process; tests of other files have set theirs since.
    keys.configure(SETTINGS.secret_key, base_url=SETTINGS.base_url, pepper=SETTINGS.pin_pepper)
    with APP.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        with transaction():
            _, key = create_key("schema", scopes=SCOPES, by=SYSTEM)
    schema.config.headers = {"Authorization": f"Bearer {key}"}
    shop = Shop(APP.test_client(), key)
    stocked(shop, 100_000)
    KNOWN.update(
        code="WAW-01",
        sku="TEE",
        line_id="1",
        order_id=placed(shop, lines=[{"line_id": "1", "sku": "TEE", "quantity": 1000}])["id"],
        return_id=shop.post("/returns", return_body()).json["id"],
        hold_id=shop.post("/holds", {"store": "WAW-01", "lines": [{"sku": "TEE", "quantity": 1}]}).json["id"],
    )
    yield
    with APP.app_context():
        db.engine.dispose()


USUAL = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


@schema.parametrize()
@settings(max_examples=10, **USUAL)
def test_every_answer_is_one_that_the_document_names(case: Any) -> None:
    send(case)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=100, **USUAL)
def test_every_answer_is_one_that_the_document_names_a_hundred_times(case: Any) -> None:
    send(case)


@pytest.mark.long
def test_chains_of_requests_find_no_answer_that_the_document_does_not_name() -> None:
    """Ids of one answer become the names of the next request: make, read, change, cancel, read again."""
    run_state_machine_as_test(
        schema.as_state_machine(), settings=settings(max_examples=20, stateful_step_count=8, **USUAL)
    )


def test_the_document_holds_every_endpoint_and_says_its_scope() -> None:
    document = schema.raw_schema
    assert document["openapi"].startswith("3.1")
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert {one["operationId"]: one["x-scope"] for one in operations} == {one.name: one.scope for one in ENDPOINTS}
    assert all(one["security"] == [{"key": []}] for one in operations)
    assert "ValidationErrorModel" not in str(document)
