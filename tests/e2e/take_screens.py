"""Takes the pictures of `docs/screens/` from the sample data: `python -m tests.e2e.take_screens`.

One run starts a shop of its own, so that the pictures show what the program really draws today.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from omni_pickup.config import ROOT
from omni_pickup.models import db
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import Wave
from omni_pickup.printing.documents import print_document
from omni_pickup.printing.renderers import stop_renderers
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.customers import links, phone
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop, open_shop

FOLDER = ROOT / "docs" / "screens"
PHONE_SITUATIONS = ("received", "ready", "question")


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of the staff's side, taken at these sizes and colour schemes."""

    name: str
    path: str
    login: str = "ania"
    sizes: tuple[tuple[int, int], ...] = (LANDSCAPE, PORTRAIT)
    schemes: tuple[str, ...] = ("light", "dark")


def screens(shop: Shop) -> Iterator[Screen]:
    """Every room of the board, and the office."""
    with shop.app.app_context():
        here = select(Order).join(CheckIn, CheckIn.order_id == Order.id).where(CheckIn.kind == "here")
        order = db.session.scalars(here.where(Order.state == "ready").order_by(Order.id)).first()
        wave = db.session.scalars(select(Wave).where(Wave.state == "open").order_by(Wave.id)).first()
        assert order is not None
        yield Screen("board", "/board/")
        yield Screen("order", f"/board/orders/{order.number}")
        yield Screen("handoff", f"/board/handoff/{order.public_id}")
        if wave is not None:
            yield Screen("walk", f"/board/waves/{wave.public_id}")
        yield Screen("staging", "/board/staging")
        yield Screen("returns", "/board/returns")
        yield Screen("tasks", "/board/tasks")
        yield Screen("store-today", "/office", login="ewa", sizes=(LANDSCAPE,))


def take_staff(shop: Shop) -> None:
    """Landscape and portrait, light and dark."""
    for screen in list(screens(shop)):
        for size in screen.sizes:
            for scheme in screen.schemes:
                page = shop.tablet(screen.login, size=size, path=screen.path, color_scheme=scheme)
                page.wait_for_load_state("load")
                way = "portrait" if size == PORTRAIT else "landscape"
                page.screenshot(path=FOLDER / f"{screen.name}-{way}-{scheme}.png")
                shop.close_tablets()


def take_customer(shop: Shop) -> None:
    """The customer's page on a phone."""
    found = links(shop)
    for situation in PHONE_SITUATIONS:
        if situation in found:
            with phone(shop) as page:
                page.goto(found[situation])
                page.screenshot(path=FOLDER / f"customer-{situation}.png")


def take_papers(shop: Shop) -> None:
    """The first page of what comes out of the printers, at 203 dpi."""
    with shop.app.app_context():
        bag = db.session.scalars(select(Package).order_by(Package.id)).first()
        wave = db.session.scalars(select(Wave).where(Wave.state == "open").order_by(Wave.id)).first()
        assert bag is not None
        assert wave is not None
        wanted = {"bag_label": bag.public_id, "pick_list": wave.public_id}
        for kind, subject in wanted.items():
            pdf = pypdfium2.PdfDocument(print_document(kind, subject).pdf)
            pdf[0].render(scale=110 / 72).to_pil().save(FOLDER / f"paper-{kind.replace('_', '-')}.png")
    stop_renderers()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with open_shop(Path(folder), browser) as shop:
            take_staff(shop)
            take_customer(shop)
            take_papers(shop)
        browser.close()


if __name__ == "__main__":
    main()
