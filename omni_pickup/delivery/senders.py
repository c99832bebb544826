"""Who sends which kind of message, and what else becomes true once it was told."""

from __future__ import annotations

from collections.abc import Mapping

from omni_pickup.config import Settings
from omni_pickup.delivery.deliveries import Afterwards, Sender
from omni_pickup.delivery.mails import Post, build_mail, post_office
from omni_pickup.delivery.messages import compose
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.base import db
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.notifications import note_notified


def senders(settings: Settings) -> Mapping[str, Sender]:
    """By the first word of the kind. Raises ConfigError for a mail server that cannot be read."""
    return {"message": _mailer(post_office(settings), settings.mail_from)}


def _mailer(post: Post, sender: str) -> Sender:
    def send(claim: Claim) -> None:
        message = compose(claim)
        # The snapshot ends before the network begins: a slow server must not keep SQLite's log growing.
        db.session.rollback()
        post.send(build_mail(message, sender), message.id)

    return send


def _told_ready(claim: Claim) -> None:
    assert claim.order_id is not None
    note_notified(get_order_by_key(claim.order_id), message_id=claim.public_id, by=SYSTEM)


AFTERWARDS: Mapping[str, Afterwards] = {"message.ready": _told_ready}
