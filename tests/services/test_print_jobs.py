"""Asking for paper."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.stores import Store
from omni_pickup.services.print_jobs import finish_print, request_print
from tests.people import make_store


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


def ask(store: Store, document: str = "bag_label", subject: str = "pkg_1") -> PrintJob:
    with transaction():
        return request_print(store, document, subject, by=SYSTEM)


def test_every_later_copy_of_a_document_knows_that_it_is_one(store: Store) -> None:
    assert [ask(store).copy_number for _ in range(3)] == [1, 2, 3]
    assert ask(store, subject="pkg_2").copy_number == 1
    assert ask(store, document="handoff_receipt").copy_number == 1
    events = db.session.scalars(select(Event).where(Event.type == "print.requested")).all()
    assert [event.data["copy"] for event in events] == [1, 2, 3, 1, 1]


def test_only_known_documents_are_printed(store: Store) -> None:
    with pytest.raises(Invalid):
        ask(store, document="banknote")


@pytest.mark.parametrize("state", ["printed", "failed"])
def test_a_job_ends_once(store: Store, state: str) -> None:
    job = ask(store)
    for end in (state, "printed"):
        with transaction():
            finish_print(db.session.get_one(PrintJob, job.id), state=end, by=SYSTEM)
    with transaction():
        fresh = db.session.get_one(PrintJob, job.id)
    assert (fresh.state, fresh.printed_at is not None) == (state, state == "printed")


def test_a_job_does_not_end_in_any_other_way(store: Store) -> None:
    job = ask(store)
    with pytest.raises(Invalid), transaction():
        finish_print(db.session.get_one(PrintJob, job.id), state="lost", by=SYSTEM)
