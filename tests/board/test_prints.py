"""Papers in the browser: counted, guarded by store, and nothing waits for them."""

from __future__ import annotations

import re

import pytest

from omni_pickup.board import prints
from omni_pickup.models import db
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.printing.documents import Printed
from omni_pickup.printing.failures import PrintingFailed
from omni_pickup.services.returns.return_desks import finish_inspection, receive_piece
from omni_pickup.services.returns.walk_ins import open_walk_in
from tests.builders import make_item
from tests.sites import Browser, Site

SUBJECT = re.compile(r"ret_\w+:1")


def _accepted_piece(site: Site, store_id: int) -> str:
    """What the label of a piece that was bought elsewhere and taken in is asked for by."""
    with site.app.app_context():
        from omni_pickup.models import transaction

        make_item("MUG")
        with transaction():
            store = db.session.get_one(Store, store_id)
            (ret,) = open_walk_in(store, elsewhere=["MUG"], by=SYSTEM)
            receive_piece(
                ret, ret.lines[0], pieces=1, reason="changed_mind", condition="as_new", store=store, by=SYSTEM
            )
            finish_inspection(ret, by=SYSTEM)
            return f"{ret.public_id}:1"


@pytest.fixture
def tablet(site: Site) -> Browser:
    browser = site.tablet()
    browser.unlock(site.ids.ania)
    return browser


def test_a_label_opens_as_a_pdf_and_the_second_one_says_copy(
    site: Site, tablet: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _accepted_piece(site, site.ids.store)
    numbers: list[int] = []

    def draw(kind: str, subject_id: str, *, paper: str | None, copy_number: int) -> Printed:
        numbers.append(copy_number)
        return Printed(b"%PDF-1.7", f"{kind}.pdf")

    monkeypatch.setattr(prints, "print_document", draw)
    path = f"/board/prints/return_item_label/{subject}"
    for _ in range(2):
        answer = tablet.post(path)
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("inline")
    assert numbers == [1, 2]
    with site.app.app_context():
        jobs = db.session.scalars(db.select(PrintJob).order_by(PrintJob.id)).all()
        assert [(job.copy_number, job.state) for job in jobs] == [(1, "printed"), (2, "printed")]


def test_looking_prints_nothing_and_says_whether_a_copy_comes(site: Site, tablet: Browser) -> None:
    subject = _accepted_piece(site, site.ids.store)
    page = tablet.get(f"/board/prints/return_item_label/{subject}")
    assert page.status_code == 200
    assert "printed for the first time" in page.text
    assert site.count(PrintJob) == 0


def test_a_paper_that_failed_is_said_in_words_and_the_next_one_is_no_copy(
    site: Site, tablet: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _accepted_piece(site, site.ids.store)
    numbers: list[int] = []

    def fail(kind: str, subject_id: str, *, paper: str | None, copy_number: int) -> Printed:
        numbers.append(copy_number)
        if len(numbers) == 1:
            raise PrintingFailed("The printer's driver is asleep.")
        return Printed(b"%PDF-1.7", "x.pdf")

    monkeypatch.setattr(prints, "print_document", fail)
    path = f"/board/prints/return_item_label/{subject}"
    refused = tablet.post(path)
    assert refused.status_code == 503
    assert "driver is asleep" in refused.text
    assert tablet.post(path).status_code == 200
    assert numbers == [1, 1]
    with site.app.app_context():
        assert db.session.scalars(db.select(Return.state)).all() == ["inspected"], "no state waits for a printer"


def test_another_store_s_paper_is_not_found_and_not_counted(site: Site, tablet: Browser) -> None:
    subject = _accepted_piece(site, site.ids.other_store)
    path = f"/board/prints/return_item_label/{subject}"
    assert tablet.get(path).status_code == 404
    assert tablet.post(path).status_code == 404
    assert site.count(PrintJob) == 0


@pytest.mark.parametrize(
    "document", ["pick_list", "packing_slip", "handoff_receipt", "bag_label", "secret", "return_parcel_label"]
)
def test_unknown_papers_are_not_found(tablet: Browser, document: str) -> None:
    assert tablet.get(f"/board/prints/{document}/x").status_code == 404
    assert tablet.post(f"/board/prints/{document}/x").status_code == 404
