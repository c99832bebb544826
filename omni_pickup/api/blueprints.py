"""The API's blueprint: every endpoint of the table, the limit per key, and two public documents."""

from __future__ import annotations

import math
from typing import Any

from flask import Response, current_app, request
from flask_limiter import RequestLimit
from flask_openapi3 import APIBlueprint, OpenAPI

from omni_pickup import clock, error_pages
from omni_pickup.api import availability, documents, events, holds, items, orders, returns, stock, stores
from omni_pickup.api.callers import CHALLENGE, rate_bucket
from omni_pickup.api.endpoints import ENDPOINTS, PREFIX, Endpoint
from omni_pickup.api.fields import Problem
from omni_pickup.api.serving import view_of
from omni_pickup.api.slashes import KeepSlashes
from omni_pickup.config import Settings
from omni_pickup.errors import Throttled
from omni_pickup.extensions import csrf, limiter

#: Importing a noun's module enters its endpoints into the table; named here so that none is forgotten.
NOUNS = (stores, items, stock, availability, holds, orders, returns, events)


def register_api(app: OpenAPI) -> None:
    """Put the API on `app`. Its requests carry a key instead of cookies, so they need no CSRF token."""
    blueprint = APIBlueprint("api", __name__, url_prefix=PREFIX)
    for endpoint in ENDPOINTS:
        _route(blueprint, endpoint)
    blueprint.add_url_rule("/openapi.json", "openapi", documents.openapi_json)
    blueprint.add_url_rule("/docs", "docs", documents.docs)
    blueprint.after_request(_challenge)
    limiter.limit(_limit, key_func=rate_bucket, on_breach=_throttled)(blueprint)
    csrf.exempt(blueprint)
    app.security_schemes = documents.SECURITY_SCHEMES
    app.validation_error_model = Problem
    app.register_api(blueprint)
    app.wsgi_app = KeepSlashes(app.wsgi_app, PREFIX + "/")  # type: ignore[method-assign]


def _route(blueprint: APIBlueprint, endpoint: Endpoint) -> None:
    add: Any = getattr(blueprint, endpoint.method.lower())
    add(
        endpoint.rule,
        endpoint=f"{endpoint.name}_{endpoint.method.lower()}",
        operation_id=endpoint.name,
        summary=endpoint.summary,
        tags=documents.tags_of(endpoint),
        security=[{documents.SCHEME: []}],
        responses=documents.responses_of(endpoint),
    )(view_of(endpoint))


def _limit() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.api_limit


def _throttled(limit: RequestLimit) -> Response:
    """The library would put Retry-After on every answer; we say it where there is something to wait for."""
    wait = max(1, math.ceil(limit.reset_at - clock.now().timestamp()))
    return error_pages.answer(Throttled("This key sends too many requests.", retry_after=wait))


def _challenge(response: Response) -> Response:
    """RFC 9110, section 15.5.2: a 401 says how to do better."""
    if response.status_code == 401:
        sent = "Authorization" in request.headers
        response.headers["WWW-Authenticate"] = CHALLENGE + (', error="invalid_token"' if sent else "")
    return response
