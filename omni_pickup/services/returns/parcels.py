"""Cartons that leave the store for a vendor or the warehouse, each with its SSCC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import clock, company_prefixes
from omni_pickup.errors import Conflict, Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.returns import Parcel, ReturnLine
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.returns.parcels import parcel_shape
from omni_pickup.queries.returns.returns import get_return_by_key
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence
from omni_pickup.rules.sscc import make_sscc
from omni_pickup.services import events
from omni_pickup.services.counters import next_number
from omni_pickup.services.returns.return_states import settle_return

#: What a parcel may hold, by the kind of its destination.
DISPOSITION_OF = {"vendor": "return_to_vendor", "dc": "return_to_dc"}
#: The row of `settings` that keeps another GS1 company prefix than OMNI_GS1_COMPANY_PREFIX:
#: {"company_prefix": "5901234"}.
GS1_SETTING = "gs1"
_EXTENSION_DIGIT = 0


def open_parcel(store: Store, *, destination: Mapping[str, Any], by: Actor, at: datetime | None = None) -> Parcel:
    """Begin a carton. `destination` has `kind` (vendor or dc), `name` and perhaps `address`.

    Raises Invalid for another kind and Conflict while the company prefix is not set or its serials have run out.
    """
    if destination.get("kind") not in DISPOSITION_OF or not destination.get("name"):
        raise Invalid.at("/destination", "A destination has a name and a kind, vendor or dc.")
    parcel = Parcel(sscc=_next_sscc(), store_id=store.id, destination=dict(destination), opened_at=at or clock.now())
    db.session.add(parcel)
    _record(parcel, "parcel.opened", by=by, at=at)
    return parcel


def add_to_parcel(parcel: Parcel, line: ReturnLine, *, by: Actor, at: datetime | None = None) -> Parcel:
    """Put the line's accepted pieces into the carton; scanned twice they are in it once.

    Raises WrongState for a closed carton, a return that is not inspected or pieces that are in another carton, and
    Conflict for pieces of another store or for another destination.
    """
    ret = get_return_by_key(line.return_id)
    db.session.refresh(line)
    if line.parcel_id == parcel.id:
        return parcel
    if parcel.state != "open" or ret.state != "inspected" or line.parcel_id is not None or not line.accepted:
        raise WrongState("These pieces cannot go into this parcel.", parcel=parcel.state, state=ret.state)
    if ret.store_id != parcel.store_id or line.disposition != DISPOSITION_OF[parcel.destination["kind"]]:
        raise Conflict(
            sentence("These pieces are for %(disposition)s.", disposition=line.disposition),
            disposition=line.disposition,
        )
    line.parcel_id = parcel.id
    _record(parcel, "parcel.filled", by=by, at=at)
    return parcel


def close_parcel(parcel: Parcel, *, by: Actor, at: datetime | None = None) -> Parcel:
    """Seal the carton: its pieces have reached their end here. Raises WrongState for an empty one."""
    if parcel.state == "closed":
        return parcel
    lines = db.session.scalars(
        select(ReturnLine).where(ReturnLine.parcel_id == parcel.id).order_by(ReturnLine.return_id, ReturnLine.id)
    ).all()
    if not lines:
        raise WrongState("This parcel is empty.")
    parcel.state, parcel.closed_at = "closed", at or clock.now()
    _record(parcel, "parcel.closed", by=by, at=at)
    for return_id in sorted({line.return_id for line in lines}):
        ret = get_return_by_key(return_id)
        for line in ret.lines:
            if line.parcel_id == parcel.id:
                line.routed = line.accepted - line.restocked
        settle_return(ret, by=by, occurred_at=at)
    return parcel


def _next_sscc() -> str:
    setting = db.session.get(Setting, GS1_SETTING)
    prefix = company_prefixes.usual() if setting is None else str(setting.value.get("company_prefix", ""))
    try:
        return make_sscc(_EXTENSION_DIGIT, prefix, next_number(f"sscc:{prefix}"))
    except RuleProblem as problem:
        raise Conflict(
            sentence("No SSCC can be made: %(message)s", message=problem.message), rule=problem.code
        ) from problem


def _record(parcel: Parcel, type_: str, *, by: Actor, at: datetime | None) -> None:
    db.session.flush()
    events.record(type_, by=by, data=parcel_shape(parcel), store_id=parcel.store_id, occurred_at=at)
