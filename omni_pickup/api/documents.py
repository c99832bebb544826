"""The OpenAPI 3.1 document and the human page, both made from the table of endpoints."""

from __future__ import annotations

import copy
import json
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, render_template, request
from flask_openapi3 import OpenAPI, Tag
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from omni_pickup import errors
from omni_pickup.api import etags
from omni_pickup.api.doc_examples import EXAMPLES
from omni_pickup.api.endpoints import ENDPOINTS, PREFIX, Endpoint
from omni_pickup.api.fields import Problem, path_model
from omni_pickup.models.clients import SCOPES
from omni_pickup.services.idempotency import RequestRunning

SCHEME = "key"
SECURITY_SCHEMES: Any = {
    SCHEME: {"type": "http", "scheme": "bearer", "description": "A key made with `omni key create`; see the scopes."}
}
_REF = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
_ALWAYS = (401, 403, 422, 429, 503)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 printable characters, a new one for each new request. Kept for 24 hours.",
    "schema": {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,255}$"},
}
_CONDITIONS = {"GET": ("If-None-Match",), "PUT": ("If-Match",), "PATCH": ("If-Match",)}


def tags_of(endpoint: Endpoint) -> list[Tag]:
    """The chapter of an endpoint: the noun of its scope."""
    return [Tag(name=endpoint.scope.partition(":")[0])]


def responses_of(endpoint: Endpoint) -> dict[str, Any]:
    """Every status the endpoint may answer with."""
    found: dict[str, Any] = {str(status): model for status, model in endpoint.answers.items()}
    for status in sorted(_error_statuses(endpoint)):
        found[str(status)] = {"description": HTTPStatus(status).phrase, "content": copy.deepcopy(_PROBLEM)}
    if endpoint.method == "GET":
        found["304"] = {"description": HTTPStatus(304).phrase}
    return found


def openapi_json() -> Response:
    """Serve the document."""
    body = json.dumps(openapi_document(), ensure_ascii=False, separators=(",", ":")).encode()
    return _cached(body, "application/json")


def docs() -> Response:
    """The same for people."""
    page = render_template(
        "api/docs.html",
        endpoints=ENDPOINTS,
        operations=_operations(),
        scopes=SCOPES,
        codes=error_codes(),
        prefix=PREFIX,
        examples=EXAMPLES,
    )
    return _cached(page.encode(), "text/html; charset=utf-8")


@cache
def _document_of(app: OpenAPI) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(app.api_doc)
    document["components"]["schemas"] = _schemas()
    for endpoint in ENDPOINTS:
        path = PREFIX + endpoint.rule.replace("<", "{").replace(">", "}")
        operation = document["paths"][path][endpoint.method.lower()]
        operation["description"] = f"Scope: `{endpoint.scope}`."
        operation["x-scope"] = endpoint.scope
        operation["parameters"] = [
            *_parameters_of(path_model(endpoint.rule), "path"),
            *_parameters_of(endpoint.model("query"), "query"),
            *_headers_of(endpoint),
        ]
    return document


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document. The library's own schema class drops examples, so pydantic's schemas replace it."""
    app: Any = current_app
    return _document_of(app._get_current_object())


def error_codes() -> list[tuple[str, int, str]]:
    """Every stable `code` with its status and title, those of the transport included."""
    kinds: set[type[errors.OperationError]] = {RequestRunning, *_below(errors.OperationError)}
    named = {(kind.code, kind.status, kind.title) for kind in kinds}
    plain = (405, 413, 415)
    transport = {(HTTPStatus(n).phrase.lower().replace(" ", "_"), n, HTTPStatus(n).phrase) for n in plain}
    return sorted(named | transport, key=lambda row: (row[1], row[0]))


def _error_statuses(endpoint: Endpoint) -> set[int]:
    found = set(_ALWAYS)
    if "<" in endpoint.rule:
        found.add(404)
    if endpoint.model("body") is not None:
        found |= {400, 413, 415}
    if endpoint.idempotency != "none":
        found |= {400, 409}
    if endpoint.conflicts:
        found.add(409)
    if endpoint.method in ("PUT", "PATCH"):
        found.add(412)
    query = endpoint.model("query")
    if query is not None and "after" in query.model_fields:
        # What a feed's reader stands behind may have been packed away.
        found.add(410)
    return found


def _headers_of(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if endpoint.idempotency != "none":
        found.append({**_IDEMPOTENCY_KEY, "required": endpoint.idempotency == "required"})
    for name in _CONDITIONS.get(endpoint.method, ()):
        found.append({"name": name, "in": "header", "required": False, "schema": {"type": "string"}})
    return found


def _parameters_of(model: type[BaseModel] | None, place: str) -> list[dict[str, Any]]:
    """The fields of a path or query model as parameters. A parameter that is left out is left out, never `null`."""
    if model is None:
        return []
    schema = model.model_json_schema()
    found = []
    for name, given in schema["properties"].items():
        kept: dict[str, Any] = next((one for one in given.pop("anyOf", []) if one.get("type") != "null"), {})
        shape = {key: value for key, value in {**given, **kept}.items() if key not in ("title", "default")}
        description = shape.pop("description", "")
        required = place == "path" or name in schema.get("required", [])
        found.append({"name": name, "in": place, "required": required, "description": description, "schema": shape})
    return found


def _schemas() -> dict[str, Any]:
    models: set[Any] = {Problem}
    for endpoint in ENDPOINTS:
        models |= {model for model in (*endpoint.answers.values(), endpoint.model("body")) if model is not None}
    ordered = sorted(models, key=lambda model: str(model.__name__))
    _, found = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    definitions: dict[str, Any] = found["$defs"]
    return definitions


def _operations() -> dict[str, Any]:
    paths = openapi_document()["paths"]
    return {operation["operationId"]: operation for path in paths.values() for operation in path.values()}


def _below(kind: type[errors.OperationError]) -> set[type[errors.OperationError]]:
    return {kind}.union(*(_below(child) for child in kind.__subclasses__() if child.__module__ == errors.__name__))


def _cached(body: bytes, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.set_etag(etags.etag_of(body))
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response
