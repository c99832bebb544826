"""By which figures a store promises: preparation, people, pace, cut-off and slots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import PICKUP_FIELDS, store_shape
from omni_pickup.services import events
from omni_pickup.services.meanings import Findings
from omni_pickup.services.promises.paces import measure_pace
from omni_pickup.services.stores.store_values import read_pickup

#: What may be changed here; the rest of `pickup` stays.
TERMS = (
    "prep_minutes",
    "prep_minutes_by_handling",
    "pickers",
    "pace_per_hour",
    "cut_off",
    "slot_minutes",
    "slot_capacity",
    "slot_unit",
)


def set_promise_terms(store: Store, values: Mapping[str, Any], *, by: Actor) -> bool:
    """Change some of `TERMS`; True when something changed. New promises follow at once, old ones are checked anew.

    Raises Invalid with a pointer below `/pickup` for everything that is wrong.
    """
    findings = Findings()
    given = {name: values[name] for name in TERMS if name in values}
    columns = read_pickup({name: getattr(store, name) for name in PICKUP_FIELDS} | given, findings)
    findings.settle()
    changed = {name: columns[name] for name in given if columns[name] != getattr(store, name)}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(store, name, value)
    store.updated_at = clock.now()
    db.session.flush()
    if "pace_per_hour" in changed:
        # What few walks measured is held back by the setting, so that it is counted anew from this one.
        measure_pace(store, now=clock.now())
    events.record("store.changed", by=by, data=store_shape(store), store_id=store.id)
    return True
