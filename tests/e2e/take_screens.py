"""Takes the pictures of `docs/screens/` from the sample data: `python -m tests.e2e.take_screens`.

One run starts a shop of its own, so that the pictures show what the program really draws today. Names after the
command take only the pictures whose names begin so.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from omni_pickup.config import ROOT
from omni_pickup.models import db
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff, Package
from omni_pickup.models.picking import Wave
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.printing.documents import print_document
from omni_pickup.printing.renderers import stop_renderers
from omni_pickup.services.customers.order_links import order_token
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.customers import links, phone
from tests.e2e.looks import enlarge_text
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop, open_shop
from tests.e2e.states import State, staff_states
from tests.e2e.tours import Tour, turn
from tests.printing import samples
from tests.printing.readers import drawn

FOLDER = ROOT / "docs" / "screens"
#: Screens that people work on all day are taken upright and in the dark, too.
MAIN = ("board", "order-ready", "handoff", "walk", "walk-wrong-scan", "staging", "returns", "tasks-put-back", "lock")
ALL_WAYS = [(size, scheme) for size in (LANDSCAPE, PORTRAIT) for scheme in ("light", "dark")]
#: What is done to a page so that another state of it can be seen.
TURNED: dict[str, tuple[str, Callable[[Page], object]]] = {
    "board-right-to-left": ("board", lambda page: page.evaluate("document.documentElement.dir = 'rtl'")),
    "handoff-right-to-left": ("handoff", lambda page: page.evaluate("document.documentElement.dir = 'rtl'")),
    "board-focus": ("board", lambda page: page.locator(".wait-who").nth(1).focus()),
    "board-larger-text": ("board", enlarge_text),
    "handoff-larger-text": ("handoff", enlarge_text),
}
PAPERS = {"pick_list": ("a4", "letter", "roll"), "packing_slip": ("a4",), "handoff_receipt": ("a4", "roll")}


def save(picture: Image.Image, name: str) -> None:
    """256 colours are enough for screens, and a fifth of the bytes."""
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def take(page: Page, name: str) -> None:
    save(Image.open(io.BytesIO(page.screenshot())), name)


def take_staff(shop: Shop, states: list[State], begins: tuple[str, ...]) -> None:
    """Every state lying and light, the main ones in all ways, and a few turned round or enlarged."""
    tour = Tour(shop)
    for state in states:
        if state.name.startswith(begins):
            page = tour.visit(state)
            for size, scheme in ALL_WAYS if state.name in MAIN else ALL_WAYS[:1]:
                turn(page, size, scheme)
                page.wait_for_timeout(100)
                take(page, f"{state.name}-{'portrait' if size == PORTRAIT else 'landscape'}-{scheme}")
            tour.leave(state)
    named = {state.name: state for state in states}
    for name, (state_name, change) in TURNED.items():
        if name.startswith(begins):
            page = tour.visit(named[state_name])
            turn(page, LANDSCAPE, "light")
            change(page)
            take(page, f"{name}-landscape-light")


def take_customer(shop: Shop, begins: tuple[str, ...]) -> None:
    """The customer's page on a phone in every situation of the sample data, and in every odd one."""
    found = {f"customer-{name.replace(' ', '-')}": link for name, link in links(shop).items()}
    with shop.app.app_context():
        rows = select(Order).join(Store).where(Store.code == "BER-01", Order.external_id.startswith("X-"))
        for order in db.session.scalars(rows.order_by(Order.id)).unique():
            found[f"customer-odd-{order.number}"] = f"{shop.base}/p/{order_token(order)}"
    for name, link in found.items():
        if name.startswith(begins):
            with phone(shop) as page:
                page.goto(link)
                take(page, name)


def take_papers(shop: Shop, begins: tuple[str, ...]) -> None:
    """The first page of everything that comes out of the printers."""
    with shop.app.app_context():
        for kind, subject in subjects().items():
            for paper in PAPERS.get(kind, (None,)):
                name = f"paper-{kind.replace('_', '-')}{f'-{paper}' if paper not in (None, 'a4') else ''}"
                if name.startswith(begins):
                    pdf = pypdfium2.PdfDocument(print_document(kind, subject, paper=paper).pdf)
                    save(pdf[0].render(scale=110 / 72).to_pil(), name)
    if "paper-return-parcel-label".startswith(begins):
        # The sample day sends no parcel away.
        pdf = pypdfium2.PdfDocument(drawn("return_parcel_label", samples.parcel_label()))
        save(pdf[0].render(scale=110 / 72).to_pil(), "paper-return-parcel-label")
    stop_renderers()


def subjects() -> dict[str, str]:
    """Something of the sample data for each document."""
    piece = select(ReturnLine).where(ReturnLine.counted > 0).order_by(ReturnLine.id)
    line = db.session.scalars(piece).first()
    assert line is not None
    ret = db.session.get_one(Return, line.return_id)
    chosen = {
        "pick_list": select(Wave.public_id).where(Wave.state == "open"),
        "packing_slip": select(Order.public_id).where(Order.state == "ready"),
        "handoff_receipt": select(Handoff.public_id).where(Handoff.result == "partly"),
        "bag_label": select(Package.public_id).where(Package.zone == "chilled"),
    }
    found = {kind: str(db.session.scalars(one.limit(1)).one()) for kind, one in chosen.items()}
    return {**found, "return_item_label": f"{ret.public_id}:{line.position}"}


def main() -> None:
    begins = tuple(sys.argv[1:]) or ("",)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with open_shop(Path(folder), browser) as shop:
            take_staff(shop, staff_states(shop), begins)
            take_customer(shop, begins)
            take_papers(shop, begins)
        browser.close()


if __name__ == "__main__":
    main()
