"""The switch in front of everything that is told to the outside."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.delivery.deliveries import is_paused
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.services.customers.outbounds import pause_outbound, resume_outbound

pytestmark = pytest.mark.usefixtures("app")


def _events() -> list[str]:
    return list(db.session.scalars(db.select(Event.type).order_by(Event.id)))


def test_paused_is_what_the_worker_sees(app: OpenAPI) -> None:
    assert not is_paused()
    with transaction():
        assert pause_outbound(by=SYSTEM)
    assert is_paused()
    with transaction():
        assert resume_outbound(by=SYSTEM)
    assert not is_paused()
    assert _events() == ["outbound.paused", "outbound.resumed"]


def test_pressing_twice_is_one_change() -> None:
    with transaction():
        assert pause_outbound(by=SYSTEM)
        assert not pause_outbound(by=SYSTEM)
    assert _events() == ["outbound.paused"]


def test_resuming_what_was_never_paused_changes_nothing() -> None:
    with transaction():
        assert not resume_outbound(by=SYSTEM)
    assert _events() == []
