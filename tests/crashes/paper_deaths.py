"""A web process killed while a paper is asked for, drawn or written down as printed (R3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from omni_pickup import create_app
from omni_pickup.board import prints
from omni_pickup.config import Settings
from omni_pickup.models import db
from omni_pickup.models.packages import PrintJob
from omni_pickup.printing.documents import Printed
from tests.board.floors import on_floor
from tests.crashes.dying import check_database, die_at, read_rows
from tests.floor import bags_in
from tests.sites import Browser, Site, make_site

DRAWING = "print.drawing"
#: Where the process dies, and what is then known of the paper.
STATES = {
    "request_print:before_commit": [],
    "request_print:after_commit": ["requested"],
    DRAWING: ["requested"],
    "finish_print:before_commit": ["requested"],
    "finish_print:after_commit": ["printed"],
}


@pytest.fixture
def site(settings: Settings) -> Site:
    """An app of its own, because the process that asks for papers dies."""
    return make_site(create_app(settings))


def label_of_a_bag(site: Site) -> str:
    with on_floor(site) as floor:
        return f"/board/prints/bag_label/{bags_in(floor.ready())[0].public_id}"


def jobs(site: Site) -> list[str]:
    with site.app.app_context():
        return list(db.session.scalars(select(PrintJob.state).order_by(PrintJob.id)))


def draw_at_once(kind: str, subject: str, **options: object) -> Printed:
    return Printed(b"%PDF-1.7", "x.pdf")


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=[pytest.mark.long] if point == DRAWING else []) for point in STATES]
)
def test_a_paper_can_be_asked_for_again_wherever_the_first_ask_died(
    site: Site, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if point != DRAWING:
        # Loading what really draws takes seconds in each process, and these die before or behind it.
        monkeypatch.setattr(prints, "print_document", draw_at_once)
    path = label_of_a_bag(site)
    tablet: Browser = site.tablet()
    tablet.unlock(site.ids.ania)
    with site.app.app_context():
        before = read_rows()
        die_at(point, lambda: tablet.post(path))
        after = read_rows()
        assert {name for name in before if before[name] != after[name]} <= {"print_jobs", "events", "staff_sessions"}
        check_database()
    assert jobs(site) == STATES[point]
    again = tablet.post(path)
    assert (again.status_code, again.content_type) == (200, "application/pdf")
    assert jobs(site) == [*STATES[point], "printed"]
