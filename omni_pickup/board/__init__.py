"""The staff face: shared tablets on the floor."""

from __future__ import annotations

from flask import Blueprint

from omni_pickup.board import (
    actions,
    alarms,
    approvals,
    boards,
    enrolment,
    finds,
    frames,
    handoffs,
    lock,
    orders,
    prints,
    returns,
    shared_views,
    shifts,
    staging,
    streams,
    tasks,
    walks,
)
from omni_pickup.board.guards import guard

blueprint = Blueprint("board", __name__, url_prefix="/board")
blueprint.before_request(guard)
frames.add_facts(blueprint)
blueprint.record_once(lambda state: shared_views.init_app(state.app))
MODULES = (
    actions,
    alarms,
    approvals,
    boards,
    enrolment,
    finds,
    handoffs,
    lock,
    orders,
    prints,
    returns,
    shifts,
    staging,
    streams,
    tasks,
    walks,
)
for module in MODULES:
    module.add_routes(blueprint)
