"""The switch that stops everything we tell the outside, while the outbox goes on filling."""

from __future__ import annotations

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.stores import Setting
from omni_pickup.services import events

NAME = "outbound"


def pause_outbound(*, by: Actor) -> bool:
    """Tell nobody anything until resumed; after a restore, customers may have been told already. False if it was."""
    return _set(paused=True, by=by)


def resume_outbound(*, by: Actor) -> bool:
    """Tell what has waited, and go on. False if nothing was paused."""
    return _set(paused=False, by=by)


def _set(*, paused: bool, by: Actor) -> bool:
    setting = db.session.get(Setting, NAME)
    if setting is None:
        setting = Setting(name=NAME, value={"paused": False}, updated_at=clock.now())
        db.session.add(setting)
    if setting.value.get("paused") is paused:
        return False
    setting.value, setting.updated_at = {"paused": paused}, clock.now()
    db.session.flush()
    events.record("outbound.paused" if paused else "outbound.resumed", by=by, data={"paused": paused})
    return True
