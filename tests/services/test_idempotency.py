"""Remembered answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import Busy, IdempotencyKeyReused
from omni_pickup.models import db, transaction
from omni_pickup.models.clients import Client, IdempotencyRecord
from omni_pickup.services.idempotency import KEEP, StoredAnswer, claim_key, purge_expired, remember_answer
from tests.builders import make_client

ANSWER = StoredAnswer(201, {"Location": "/x"}, '{"name":"Łucja"}'.encode())


@pytest.fixture
def client_row(app: OpenAPI) -> Client:
    return make_client()


def remember(client: Client, key: str = "k", fingerprint: str = "f") -> None:
    with transaction():
        assert claim_key(client.id, key, fingerprint=fingerprint) is None
        remember_answer(client.id, key, ANSWER)


def records() -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(IdempotencyRecord)) or 0


def age_records(by: timedelta) -> None:
    with transaction():
        for record in db.session.scalars(db.select(IdempotencyRecord)):
            record.expires_at -= by


def test_a_claimed_key_gives_back_the_bytes_of_its_answer(client_row: Client) -> None:
    remember(client_row)
    with transaction():
        assert claim_key(client_row.id, "k", fingerprint="f") == ANSWER


def test_a_key_belongs_to_one_client(client_row: Client) -> None:
    remember(client_row)
    other = make_client()
    with transaction():
        assert claim_key(other.id, "k", fingerprint="f") is None


def test_another_fingerprint_under_a_known_key_is_refused(client_row: Client) -> None:
    remember(client_row)
    with pytest.raises(IdempotencyKeyReused), transaction():
        claim_key(client_row.id, "k", fingerprint="g")


def test_a_transaction_that_fails_leaves_the_key_free(client_row: Client) -> None:
    with pytest.raises(Busy):
        fail_after_claim(client_row)
    assert records() == 0
    remember(client_row, fingerprint="g")


def fail_after_claim(client: Client) -> None:
    with transaction():
        assert claim_key(client.id, "k", fingerprint="f") is None
        raise Busy


def test_the_stored_body_cannot_be_read_in_the_database(client_row: Client) -> None:
    remember(client_row)
    stored = db.session.scalars(db.select(IdempotencyRecord.body)).one()
    assert "Łucja".encode() not in stored
    assert b"name" not in stored


def test_a_key_is_free_again_after_a_day(client_row: Client) -> None:
    remember(client_row)
    age_records(KEEP - timedelta(minutes=1))
    with transaction():
        assert claim_key(client_row.id, "k", fingerprint="f") == ANSWER
    age_records(timedelta(minutes=1))
    remember(client_row, fingerprint="another")


def test_expired_records_are_purged_a_few_at_a_time(client_row: Client) -> None:
    for number in range(5):
        remember(client_row, key=f"k{number}")
    with transaction():
        assert purge_expired(clock.now(), 10) == 0
    age_records(KEEP)
    with transaction():
        assert purge_expired(clock.now(), 3) == 3
    with transaction():
        assert purge_expired(clock.now(), 3) == 2
    assert records() == 0
