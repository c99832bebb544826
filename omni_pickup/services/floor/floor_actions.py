"""Commands of a tablet: one door for everything that people on the floor do.

The same `action_id` twice is one action, which is what lets a tablet send again what it is not sure about.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.picking import FloorAction
from omni_pickup.models.stores import Store
from omni_pickup.services.floor.floor_kinds import KINDS
from omni_pickup.services.floor.floor_payloads import Action

#: A tablet's clock may run ahead; what it dates later than this is wrong.
_AHEAD = timedelta(minutes=15)


class ActionReused(Conflict):
    code = "action_reused"
    title = "This action_id belongs to another action"


def perform_action(
    action_id: str,
    *,
    store: Store,
    device_id: int | None,
    kind: str,
    payload: Mapping[str, Any],
    tapped_at: datetime | None = None,
    by: Actor,
) -> dict[str, Any]:
    """Do one action in the caller's transaction and keep its answer; the second time only the answer is given.

    Raises ActionReused for a known id with another content, Invalid for an unknown kind or a payload that lacks
    something, and whatever the action itself refuses: a refused action leaves its id free.
    """
    effect = KINDS.get(kind)
    if effect is None:
        raise Invalid.at("/kind", f"An action is one of {', '.join(sorted(KINDS))}.")
    if not action_id or len(action_id) > 64 or not action_id.isprintable():
        raise Invalid.at("/action_id", "An action_id has 1 to 64 printable signs.")
    fingerprint = _fingerprint(store, kind, payload)
    at = _believable(tapped_at)
    row: dict[str, Any] = {
        "action_id": action_id,
        "store_id": store.id,
        "kind": kind,
        "fingerprint": fingerprint,
        "result": {},
        "tapped_at": at,
        "recorded_at": clock.now(),
        **by.columns(),
    }
    if not _claim(row):
        return _known(action_id, fingerprint)
    enter_floor(store.id)
    result = effect(Action(store, device_id, payload, at, by))
    db.session.execute(update(FloorAction).where(FloorAction.action_id == action_id).values(result=result))
    return result


def _claim(row: Mapping[str, Any]) -> bool:
    """Whether this is the first of its id; a second one that runs at the same time waits here for the first."""
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    # Asked for the row itself, because PostgreSQL's driver does not count the rows of this kind of statement.
    first = insert(FloorAction).values(**row).on_conflict_do_nothing().returning(FloorAction.action_id)
    return db.session.execute(first).one_or_none() is not None


def _known(action_id: str, fingerprint: str) -> dict[str, Any]:
    row = db.session.execute(
        select(FloorAction.fingerprint, FloorAction.result).where(FloorAction.action_id == action_id)
    ).one()
    if row.fingerprint != fingerprint:
        raise ActionReused
    return dict(row.result)


def _fingerprint(store: Store, kind: str, payload: Mapping[str, Any]) -> str:
    """`tapped_at` is not part of it: a tablet whose clock was set meanwhile sends the same action."""
    try:
        text = json.dumps([store.id, kind, payload], sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Invalid.at("/payload", "The payload is not JSON.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _believable(tapped_at: datetime | None) -> datetime:
    """When it happened by the tablet's clock, but never in the future."""
    now = clock.now()
    if tapped_at is None:
        return now
    if tapped_at > now + _AHEAD or not math.isfinite(tapped_at.timestamp()):
        raise Invalid.at("/tapped_at", "This tablet's clock runs ahead.")
    return min(tapped_at, now)
