"""The one table of what the API offers: method, path, scope, idempotency and models of every endpoint.

Routing, access checks, the OpenAPI document and the human documentation are all made from it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel

from omni_pickup.api.callers import Caller
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store

PREFIX = "/api/v1"
Idempotency = Literal["none", "taken", "required"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: a status, a JSON document (None: no body) and headers."""

    document: Mapping[str, Any] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The document's bytes. Names stand in the order in which the shape was built, which is always the same."""
        if self.document is None:
            return b""
        return json.dumps(self.document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@dataclass(slots=True)
class Call:
    """One request, its caller checked and its path resolved to rows that the caller may see.

    `named_store` is the store that the body names; `store`, `order` and `return_order` are those of the path.
    """

    caller: Caller
    path: Mapping[str, str]
    store: Store | None = None
    named_store: Store | None = None
    order: Order | None = None
    return_order: Return | None = None


Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table. `answers` are the models of its 2xx answers by status; None is an answer without body.

    `makes` says that a PUT may name what does not exist yet; `present` shows the resource for If-Match.
    """

    method: str
    rule: str
    scope: str
    handler: Handler
    answers: Mapping[int, type[BaseModel] | None]
    models: Mapping[str, type[BaseModel]]
    idempotency: Idempotency = "none"
    reads_only: bool = False
    makes: bool = False
    present: Callable[[Call], Mapping[str, Any] | None] | None = None
    conflicts: bool = False

    @property
    def name(self) -> str:
        """The handler's name, which is the operation's id and the transaction's."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip(".")

    def model(self, part: str) -> type[BaseModel] | None:
        """The pydantic model of the handler's parameter `query` or `body`."""
        return self.models.get(part)


ENDPOINTS: list[Endpoint] = []


def endpoint(
    method: str,
    rule: str,
    *,
    scope: str,
    answers: Mapping[int, type[BaseModel] | None],
    **options: Any,
) -> Callable[[Handler], Handler]:
    """Put a handler into the table. A POST takes an Idempotency-Key unless `options` say that it is required."""

    def enter(handler: Handler) -> Handler:
        usual: dict[str, Any] = {
            "idempotency": "taken" if method == "POST" else "none",
            "reads_only": method == "GET",
        }
        # Resolved once, because a request should not pay for reading annotations.
        models = get_type_hints(handler)
        ENDPOINTS.append(Endpoint(method, rule, scope, handler, answers, models, **{**usual, **options}))
        return handler

    return enter
