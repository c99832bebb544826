"""How every API request runs: key, scope, shape, then one transaction with the change and its remembered answer.

Who may not do a thing learns nothing about it: access is checked before the body is read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from omni_pickup.api import etags, idempotency_keys, slashes
from omni_pickup.api.callers import Caller, require_caller
from omni_pickup.api.endpoints import Answer, Call, Endpoint
from omni_pickup.api.input_problems import read_as
from omni_pickup.api.json_bodies import read_body
from omni_pickup.api.paths import resolve
from omni_pickup.api.queries import read_query
from omni_pickup.models.base import transaction
from omni_pickup.services.idempotency import StoredAnswer, claim_key, remember_answer


def view_of(endpoint: Endpoint) -> Callable[..., Response]:
    """The Flask view of an endpoint. It validates by itself, because the library's reader of JSON is lenient."""

    @functools.wraps(endpoint.handler)
    def view(**path: str) -> Response:
        return _serve(endpoint, {name: slashes.restore(value) for name, value in path.items()})

    # The library reads models from annotations; it drops examples of parameters, so `documents` describes those.
    view.__annotations__ = {name: hint for name, hint in endpoint.handler.__annotations__.items() if name == "body"}
    view.__delay_validate_request__ = True  # type: ignore[attr-defined] # The library's own switch.
    return view


def _serve(endpoint: Endpoint, path: Mapping[str, str]) -> Response:
    caller = require_caller(endpoint.scope)
    key = idempotency_keys.read_key(endpoint)
    parts, document = _read_parts(endpoint)
    if endpoint.reads_only and key is None:
        return _respond(_answer(endpoint, caller, path, parts))
    with idempotency_keys.running(caller.client_id, key), transaction(endpoint.name):
        if key is None:
            stored, replayed = _answer(endpoint, caller, path, parts), False
        else:
            stored, replayed = _answer_once(endpoint, caller, path, parts, key=key, document=document)
    return _respond(stored, replayed=replayed)


def _read_parts(endpoint: Endpoint) -> tuple[dict[str, Any], Any]:
    """The handler's `query` and `body`, and the body's plain document for the fingerprint."""
    parts: dict[str, Any] = {}
    document: Any = None
    query, body = endpoint.model("query"), endpoint.model("body")
    read = read_query(query)
    if query is not None:
        parts["query"] = read
    if body is not None:
        document = read_body(optional=not any(info.is_required() for info in body.model_fields.values()))
        parts["body"] = read_as(body, document)
    return parts, document


def _answer_once(
    endpoint: Endpoint, caller: Caller, path: Mapping[str, str], parts: dict[str, Any], *, key: str, document: Any
) -> tuple[StoredAnswer, bool]:
    """Run the request unless it ran before; the record commits with the change, or neither does."""
    earlier = claim_key(caller.client_id, key, fingerprint=idempotency_keys.fingerprint(document))
    if earlier is not None:
        # A key that lost a store since must not read about it in an old answer either.
        resolve(Call(caller, path), endpoint, parts.get("body"))
        return earlier, True
    answer = _answer(endpoint, caller, path, parts)
    remember_answer(caller.client_id, key, answer)
    return answer, False


def _answer(endpoint: Endpoint, caller: Caller, path: Mapping[str, str], parts: dict[str, Any]) -> StoredAnswer:
    """Run the handler and make the answer's bytes here and now, inside the transaction if there is one."""
    call = Call(caller, path)
    resolve(call, endpoint, parts.get("body"))
    if endpoint.present is not None and not endpoint.reads_only and etags.has_condition():
        present = endpoint.present(call)
        etags.check_condition(None if present is None else Answer(present).body())
    answer = endpoint.handler(call, **parts)
    body = answer.body()
    headers = dict(answer.headers)
    if body and (endpoint.reads_only or endpoint.present is not None):
        headers["ETag"] = f'"{etags.etag_of(body)}"'
    return StoredAnswer(answer.status, headers, body)


def _respond(answer: StoredAnswer, *, replayed: bool = False) -> Response:
    response = Response(answer.body, answer.status, dict(answer.headers))
    response.content_type = "application/json"
    if not answer.body:
        del response.headers["Content-Type"]
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if request.method in ("GET", "HEAD") and "ETag" in answer.headers:
        response.headers["Cache-Control"] = "private, no-cache"
        if etags.is_unchanged(answer.headers["ETag"].strip('"')):
            response.status_code = 304
            response.data = b""
            del response.headers["Content-Type"]
    return response
