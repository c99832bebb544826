"""The staff face: shared tablets on the floor."""

from __future__ import annotations

from flask import Blueprint

from omni_pickup.board import actions, alarms, boards, enrolment, finds, frames, lock, orders, shifts, streams, tasks
from omni_pickup.board.guards import guard

blueprint = Blueprint("board", __name__, url_prefix="/board")
blueprint.before_request(guard)
frames.add_facts(blueprint)
for module in (actions, alarms, boards, enrolment, finds, lock, orders, shifts, streams, tasks):
    module.add_routes(blueprint)
