"""`/healthz` alive, `/readyz` fit for people, `/metrics` for Prometheus behind a token of its own."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from omni_pickup import outages, schemas
from omni_pickup.builds import VERSION, build_id
from omni_pickup.config import Settings
from omni_pickup.delivery.heartbeats import beat
from omni_pickup.errors import Busy
from omni_pickup.metrics import backlog_registry
from omni_pickup.models import db, transaction
from omni_pickup.queries.stores import readiness

blueprint = Blueprint("health", __name__)
Json = dict[str, object]


def _can_write() -> bool:
    """Tried only after something failed, see `outages`. Raises nothing: what fails is the answer."""
    if outages.is_suspected():
        try:
            with transaction("readiness"):
                beat("web")
        except (SQLAlchemyError, OSError, Busy):
            return False
        outages.trust()
    return True


CHECKS: dict[str, Callable[[], bool]] = {
    "schema": lambda: schemas.current(db.session.connection()) == schemas.head(),
    "worker": readiness.worker_is_alive,
    "clock": readiness.clock_is_right,
    "writable": _can_write,
}


@blueprint.get("/healthz")
def alive() -> Json:
    """The process answers; asks nothing of the database, so that a balancer does not kill us for its fault."""
    return {"status": "ok", "version": VERSION, "build": build_id()}


@blueprint.get("/readyz")
def ready() -> tuple[Json, int, dict[str, str]]:
    """Fit to serve people: database, schema, worker, clock and disk; 503 names what is not."""
    checks = readiness_checks()
    if all(checks.values()):
        return {"status": "ready", "checks": checks}, 200, {}
    return {"status": "not ready", "checks": checks}, 503, {"Retry-After": "5"}


def readiness_checks() -> dict[str, bool]:
    """Each check by name. Without a database nothing behind it can be known, so nothing behind it is fit."""
    try:
        found = {name: check() for name, check in CHECKS.items()}
    except (SQLAlchemyError, OSError):
        return {"database": False} | dict.fromkeys(CHECKS, False)
    return {"database": True} | found


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus. Without a token in the settings there is no such page."""
    settings: Settings = current_app.config["SETTINGS"]
    given = request.headers.get("Authorization", "").encode()
    if not settings.metrics_token:
        abort(404)
    if not hmac.compare_digest(given, f"Bearer {settings.metrics_token}".encode()):
        abort(401)
    numbers = generate_latest(REGISTRY) + generate_latest(backlog_registry())
    return Response(numbers, content_type=CONTENT_TYPE_LATEST)
