"""Messages that were given up: a person looks at why, and sends them again or lets them rest."""

from __future__ import annotations

from sqlalchemy import update

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.events import OutboxMessage
from omni_pickup.services import events


def retry_message(message: OutboxMessage, *, store_id: int | None, by: Actor) -> None:
    """Try a dead message again from the first attempt on, under the same id. Raises WrongState for a living one.

    The worker still drops it when it is untrue by now, so a late retry cannot tell a customer yesterday's news.
    """
    _revive(message, state="pending", attempts=0, due_at=clock.now(), lease_until=None, lease_token=None)
    _record("message.retried", message, store_id, by)


def give_up_message(message: OutboxMessage, *, store_id: int | None, by: Actor) -> None:
    """Nobody has to look at this dead message any more. Raises WrongState for a living one."""
    _revive(message, state="dropped")
    _record("message.given_up", message, store_id, by)


def _revive(message: OutboxMessage, **values: object) -> None:
    """One guarded statement, because the worker and another manager write these rows too."""
    changed = db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id, OutboxMessage.state == "dead")
        .values(**values)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise WrongState("Somebody else has already looked after this message.")
    db.session.refresh(message)


def _record(type_: str, message: OutboxMessage, store_id: int | None, by: Actor) -> None:
    data = {"message": message.public_id, "kind": message.kind}
    events.record(type_, by=by, data=data, store_id=store_id, order_id=message.order_id, return_id=message.return_id)
