"""Who calls: the bearer key, what its scopes allow, and which stores it may see."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from omni_pickup.errors import MissingScope, Unauthenticated
from omni_pickup.models.actors import Actor
from omni_pickup.queries.stores.clients import key_facts

CHALLENGE = 'Bearer realm="omni_pickup"'
_LONGEST_KEY = 200
_CALLER = "omni.api_caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """One living key, copied out of its rows, because a transaction reads every row anew.

    `store_ids` is None for a key that may see every store.
    """

    key_id: int
    client_id: int
    scopes: frozenset[str]
    store_ids: frozenset[int] | None

    @property
    def actor(self) -> Actor:
        """The channel, as events and movements name it."""
        return Actor("channel", client_id=self.client_id)

    def sees(self, store_id: int | None) -> bool:
        """Whether the key's binding covers the store; what belongs to no store is seen by all."""
        return self.store_ids is None or store_id is None or store_id in self.store_ids

    def may(self, scope: str) -> bool:
        """Whether the key holds `scope`. Who may write a noun may also read it, or no writer could check its work."""
        return scope in self.scopes or scope.replace(":read", ":write") in self.scopes


def find_caller() -> Caller | None:
    """The caller of this request, looked up once; None without a living key."""
    # The request's own environment holds it: `g` belongs to the app context, which may outlive a request.
    if _CALLER not in request.environ:
        request.environ[_CALLER] = _look_up(_bearer())
    found: Caller | None = request.environ[_CALLER]
    return found


def require_caller(scope: str) -> Caller:
    """The caller, allowed to do what `scope` names. Raises Unauthenticated (401) or MissingScope (403)."""
    caller = find_caller()
    if caller is None:
        raise Unauthenticated("Send a living key as: Authorization: Bearer <key>.")
    if not caller.may(scope):
        raise MissingScope(f"This needs a key with the scope {scope}.", scope=scope)
    return caller


def rate_bucket() -> str:
    """What requests are counted by: the key, or the address of who has none, so that made-up keys share one count."""
    caller = find_caller()
    return f"key:{caller.key_id}" if caller is not None else f"address:{request.remote_addr}"


def _bearer() -> str | None:
    """The token of RFC 6750, section 2.1; the name of the scheme is not case-sensitive (RFC 9110, 11.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip(" ")
    usable = scheme.lower() == "bearer" and 0 < len(token) <= _LONGEST_KEY and token.isascii() and " " not in token
    return token if usable else None


def _look_up(token: str | None) -> Caller | None:
    facts = key_facts(token) if token is not None else None
    if facts is None:
        return None
    return Caller(facts.key_id, facts.client_id, facts.scopes, facts.store_ids or None)
