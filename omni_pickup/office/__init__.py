"""The manager face, and the entrance to it: signing in and the first set-up."""

from __future__ import annotations

from flask import Blueprint

from omni_pickup.office import devices, pauses, sign_in_pages, staff, store_today
from omni_pickup.office.guards import guard, take_store_code

blueprint = Blueprint("office", __name__, url_prefix="/office")
blueprint.url_value_preprocessor(take_store_code)
blueprint.before_request(guard)
for module in (store_today, staff, devices, pauses):
    module.add_routes(blueprint)

entrance = Blueprint("entrance", __name__)
entrance.url_value_preprocessor(take_store_code)
entrance.before_request(guard)
sign_in_pages.add_routes(entrance)
