"""Links that work once and for a short time. Only the SHA-256 of their token is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, update

from omni_pickup import clock, keys
from omni_pickup.errors import NotFound
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.staff import OneTimeToken
from omni_pickup.models.stores import Store

LIFETIME = timedelta(minutes=15)


def issue_token(
    purpose: str,
    *,
    store: Store | None = None,
    details: dict[str, Any] | None = None,
    token: str | None = None,
    by: Actor,
) -> str:
    """A new token for `purpose` (setup, enrol) that works once within 15 minutes; `token` is one drawn before."""
    token = token or keys.new_token()
    now = clock.now()
    db.session.add(
        OneTimeToken(
            purpose=purpose,
            digest=keys.digest(token),
            store_id=store.id if store else None,
            created_by_id=by.staff_id,
            details=details or {},
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    db.session.flush()
    return token


def use_token(purpose: str, token: str) -> OneTimeToken:
    """Spend the token. Raises NotFound, in the same words, for unknown, used and expired ones."""
    used = _spend(purpose, OneTimeToken.digest == keys.digest(token))
    if used is None:
        raise NotFound("This link is no longer valid. Ask for a new one.")
    return used


def use_short_code(purpose: str, code: str) -> OneTimeToken:
    """Spend the token that this code stands for; reserve an attempt before. Raises NotFound as `use_token` does."""
    used = _spend(purpose, OneTimeToken.details["code"].as_string() == kept_code(code))
    if used is None:
        raise NotFound("This code is not right, or its time is over. Ask for a new one.")
    return used


def kept_code(code: str) -> str:
    """What is kept of a short code: keyed, because there are few enough codes to try them all against a plain hash."""
    return keys.mac("one-time code", code).hex()


def _spend(purpose: str, condition: ColumnElement[bool]) -> OneTimeToken | None:
    now = clock.now()
    spent = (
        update(OneTimeToken)
        .where(
            OneTimeToken.purpose == purpose,
            condition,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeToken.id)
    )
    token_id = db.session.execute(spent, execution_options={"synchronize_session": False}).scalar_one_or_none()
    return None if token_id is None else db.session.get_one(OneTimeToken, token_id, populate_existing=True)
