"""The staff face: shared tablets on the floor."""

from __future__ import annotations

from flask import Blueprint

from omni_pickup.board import enrolment, lock, today
from omni_pickup.board.guards import guard

blueprint = Blueprint("board", __name__, url_prefix="/board")
blueprint.before_request(guard)
for module in (enrolment, lock, today):
    module.add_routes(blueprint)
