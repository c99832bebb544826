"""The manager face, and the entrance to it: signing in and the first set-up."""

from __future__ import annotations

from flask import Blueprint

from omni_pickup.office import (
    api_keys,
    counts,
    devices,
    hours,
    language_choices,
    pauses,
    places,
    promises,
    recalls,
    roles,
    sign_in_pages,
    staff,
    stock,
    store_today,
    tasks,
    transfers,
    troubles,
)
from omni_pickup.office.guards import at_tablet, guard, take_store_code

blueprint = Blueprint("office", __name__, url_prefix="/office")
blueprint.url_value_preprocessor(take_store_code)
blueprint.before_request(guard)
blueprint.context_processor(lambda: {"at_tablet": at_tablet})
for module in (
    *(store_today, troubles, tasks, transfers, stock, counts, hours, pauses, promises),
    *(places, staff, roles, devices, recalls, api_keys),
):
    module.add_routes(blueprint)

entrance = Blueprint("entrance", __name__)
entrance.url_value_preprocessor(take_store_code)
entrance.before_request(guard)
for module in (sign_in_pages, language_choices):
    module.add_routes(entrance)
