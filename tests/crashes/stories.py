"""Everything that can happen in a shop, from the first store to the last parcel, told to the prover in chapters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from omni_pickup.models import db
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.picking import FloorTask, PickTask
from omni_pickup.models.staff import Staff
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.orders.orders import get_order, pickup_code
from omni_pickup.queries.stock.items import get_item
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services.orders.expiries import extend_hold
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.questions import get_question
from omni_pickup.services.print_jobs import finish_print, request_print
from omni_pickup.services.transfers.transfer_arrivals import write_off_transfer
from omni_pickup.services.transfers.transfers import Wish, cancel_transfer, request_transfer
from tests.api.shops import item_body, order_body, return_body, store_body
from tests.crashes.dying import value
from tests.crashes.floors import HERE, THERE, Floor
from tests.floor import make_place

MONEY = {"amount": "1.00", "currency": "PLN"}


def open_the_shop(floor: Floor) -> None:
    """Stores, items and stock, as a channel sends them."""
    floor.call("put_store", "PUT", f"/stores/{HERE}", store_body())
    floor.call("put_store", "PUT", f"/stores/{THERE}", store_body())
    floor.hire()
    make_place(floor.store())
    floor.call("pause_store", "POST", f"/stores/{HERE}/pause", {"reason": "flood"})
    floor.call("resume_store", "DELETE", f"/stores/{HERE}/pause")
    floor.call("put_item", "PUT", "/items/TEE", item_body())
    goods = [{"sku": "MUG", **item_body(name="Mug")}, {"sku": "LAMP", **item_body(name="Lamp")}]
    floor.call("put_items", "POST", "/items", {"items": goods})
    floor.call("set_level", "PUT", f"/stores/{HERE}/stock/TEE", {"on_hand": 60})
    levels = [{"sku": "TEE", "on_hand": 20}, {"sku": "MUG", "on_hand": 20}]
    floor.call("set_levels", "POST", f"/stores/{THERE}/stock", {"levels": levels})
    floor.call("set_level", "PUT", f"/stores/{HERE}/stock/MUG", {"on_hand": 30})
    sale = {"sku": "TEE", "delta": -2, "reason": "sale", "reference": "POS-1"}
    floor.call("adjust_stock", "POST", f"/stores/{HERE}/stock/adjustments", {"adjustments": [sale]})
    asked = {"sku": ["TEE"], "store": [HERE]}
    floor.call("query_availability", "POST", "/availability/query", asked, tells=False)


def sell_online(floor: Floor) -> None:
    """A hold, an order out of it, its changes, its money and its end."""
    wish = {"store": HERE, "lines": [{"sku": "TEE", "quantity": 2}]}
    hold = floor.call("place_hold", "POST", "/holds", wish)["id"]
    order = floor.call("create_order", "POST", "/orders", order_body("1", hold_id=hold))["id"]
    second = floor.call("place_hold", "POST", "/holds", wish)["id"]
    floor.call("release_hold", "DELETE", f"/holds/{second}")
    floor.call("change_order", "PATCH", f"/orders/{order}", {"note": "Ring twice"})
    less = {"quantity": 1, "reason": "less"}
    floor.call("cancel_line", "POST", f"/orders/{order}/lines/1/cancel", less)
    money = {"state": "confirmed", "amount": MONEY, "reference": "R"}
    floor.call("refund_order", "POST", f"/orders/{order}/refund", money)
    floor.call("cancel_order", "POST", f"/orders/{order}/cancel", {"reason": "changed"})


def walk_the_floor(floor: Floor) -> None:
    """Walks given out, put off, taken over; pieces picked, missed, found and replaced."""
    order = placed(floor, "walk", TEE=3, MUG=1)
    wave = floor.act("release_wave", size=3)["wave"]["id"]
    floor.act("pause_wave", wave=wave)
    floor.act("resume_wave", wave=wave)
    floor.act("take_over_wave", who="bartek", wave=wave)
    floor.act("hand_over_work", who="bartek", to=name_of("ania"))
    shirts, mug = pick_tasks(order)
    floor.act("pick", task=shirts, pieces=2)
    floor.act("undo_pick", task=shirts, pieces=1)
    short = floor.act("short", task=shirts, pieces=1, reason="not_found")["short_pick"]
    floor.act("undo_short", short_pick=short)
    floor.act("short", task=shirts, pieces=1, reason="not_found")
    floor.act("found", sku="TEE", pieces=1)
    floor.act("short", task=mug, pieces=1, reason="damaged")
    floor.act("propose", question=question_of(order), sku="TEE")
    question = question_of(order)
    floor.run("answer_question", lambda: choose(order, "substitute", sku="TEE"))
    floor.act("see_answer", question=question)
    floor.act("finish_wave", wave=wave)
    floor.act("pick_now", order=order)
    later = placed(floor, "later", TEE=1)
    second = floor.act("release_wave", size=3)["wave"]["id"]
    floor.act("pull_out", wave=second, order=later)
    floor.act("cancel_order", order=later, reason="at the counter")


def pack_and_stage(floor: Floor) -> None:
    """Bags filled, tagged, staged, emptied, looked for; a piece that has to come out again."""
    order = picked(floor, "bags", TEE=2)
    first = floor.act("bag", order=order, contents={"1": 2})["package"]["id"]
    floor.act("empty", bag=first)
    bag = floor.act("bag", order=order, contents={"1": 2})["package"]["id"]
    floor.act("bind_tag", bag=bag, tag="TAG-1")
    floor.act("stage", bag=bag, location="S-01")
    floor.act("unstage", bag=bag)
    floor.act("stage", bag=bag, location="S-01")
    floor.act("undo_ready", order=order)
    floor.act("stage", bag=bag, location="S-01")
    floor.act("not_here", bag=bag)
    floor.act("stage", bag=bag, location="S-01")
    floor.call("cancel_line", "POST", f"/orders/{order}/lines/1/cancel", {"quantity": 1, "reason": "less"})
    floor.act("take_out", bag=bag, line_id="1")
    task = floor_task("put_back")
    floor.act("claim_task", task=task)
    floor.act("release_task", task=task)
    floor.act("put_back", task=task, sellable=1, location="A-03")
    floor.act("count", sku="TEE", counted=books(floor, "TEE"), who="mona")


def hand_over(floor: Floor) -> None:
    """The customer comes, nobody comes, some is refused, all of it is taken back and given again."""
    order, bag = ready(floor, "give", TEE=2, MUG=1)
    floor.act("resend", order=order)
    floor.run("extend_hold", lambda: extend_hold(get_order(order), by=CUSTOMER))
    floor.act("check_in", order=order, kind="here")
    floor.act("take", order=order)
    floor.act("nobody_came", order=order)
    code = pickup_code(get_order(order))
    floor.act("check_code", order=order, code="WRONG9")
    floor.act("find_code", code=code)
    lines = {"1": {"collected": 1, "refused": 1, "reason": "too small"}, "2": {"collected": 1}}
    given = floor.act("hand_over", order=order, bags=[bag], method="code", lines=lines)
    floor.act("undo_hand_over", handoff=given["handoff"]["id"])
    floor.act("hand_over", order=order, bags=[bag], method="code", lines=lines)
    floor.act("put_back", task=floor_task("put_back"), damaged=1)
    floor.run("request_print", lambda: request_print(floor.store(), "handoff_receipt", order, by=floor.person("ania")))
    floor.run("finish_print", lambda: finish_print(print_job(), state="printed", by=floor.person("ania")))


def send_goods(floor: Floor) -> None:
    """Goods on their way between the stores: asked for, sent, received in part, the rest given up; one called off."""

    def ask() -> Transfer:
        wish = [Wish(get_item("MUG").id, 3)]
        return request_transfer(floor.store(THERE), floor.store(HERE), wish, reason="low", by=floor.person("mona"))

    floor.run("request_transfer", ask)
    transfer, line = newest_transfer()
    floor.act("ship_transfer", where=THERE, transfer=transfer, **{f"line_{line}": 3})
    floor.act("receive_transfer", transfer=transfer, **{f"line_{line}": 2})
    gone = {line: 1}
    mona = floor.person("mona")
    floor.run(
        "write_off_transfer", lambda: write_off_transfer(get_transfer(transfer), gone, reason="fell off", by=mona)
    )
    floor.run("request_transfer", ask)
    second, _ = newest_transfer()
    floor.run("cancel_transfer", lambda: cancel_transfer(get_transfer(second), reason="no van", by=mona))


def take_goods_back(floor: Floor) -> None:
    """Announced and walked in, counted, judged, shelved, sent to the vendor, or given back."""
    announced = floor.call("announce_return", "POST", "/returns", return_body("R-1"))["id"]
    floor.call("refund_return", "POST", f"/returns/{announced}/refund", {"state": "requested"})
    floor.call("cancel_return", "POST", f"/returns/{announced}/cancel", {})
    for number, kind in enumerate(("restock_piece", "route_piece", "fill_parcel")):
        visit = floor.act("open_walk_in", sku="TEE")["return"]["id"]
        end_visit(floor, visit, kind, twice=number == 0)
    begun = floor.act("open_walk_in", sku="TEE")["return"]["id"]
    floor.act("cancel_return", **{"return": begun})
    worn = floor.act("open_walk_in", sku="TEE")["return"]["id"]
    receive(floor, worn)
    floor.act("reject_return", **{"return": worn}, reason="not ours")


def end_visit(floor: Floor, ret: str, kind: str, *, twice: bool) -> None:
    """Count one piece in, and bring it where `kind` says."""
    receive(floor, ret)
    if twice:
        floor.act("undo_piece", **{"return": ret}, position=1)
        floor.act("add_return_line", **{"return": ret}, sku="MUG")
        receive(floor, ret)
    if kind != "restock_piece":
        disposition = "scrap" if kind == "route_piece" else "return_to_vendor"
        floor.act("override_disposition", who="mona", **{"return": ret}, position=1, disposition=disposition)
    floor.act("finish_inspection", **{"return": ret})
    if kind == "restock_piece":
        floor.act("restock_piece", **{"return": ret}, position=1, pieces=1, location="A-03")
    elif kind == "route_piece":
        floor.act("route_piece", **{"return": ret}, position=1, pieces=1)
    else:
        parcel = floor.act("open_parcel", destination="vendor", name="Vendor")["parcel"]["sscc"]
        floor.act("fill_parcel", parcel=parcel, **{"return": ret}, position=1)
        floor.act("close_parcel", parcel=parcel)


def receive(floor: Floor, ret: str) -> None:
    """One piece that somebody changed their mind about."""
    what: dict[str, Any] = {"reason": "changed_mind", "condition": "as_new"}
    floor.act("receive_piece", **{"return": ret}, position=1, pieces=1, **what)


def placed(floor: Floor, external_id: str, **pieces: int) -> str:
    """An order that was taken."""
    lines = [{"line_id": str(n), "sku": sku, "quantity": count} for n, (sku, count) in enumerate(pieces.items(), 1)]
    found: str = floor.call("create_order", "POST", "/orders", order_body(external_id, lines=lines))["id"]
    return found


def picked(floor: Floor, external_id: str, **pieces: int) -> str:
    """An order in the tote."""
    order = placed(floor, external_id, **pieces)
    floor.act("pick_now", order=order)
    for task, count in zip(pick_tasks(order), pieces.values(), strict=True):
        floor.act("pick", task=task, pieces=count)
    return order


def ready(floor: Floor, external_id: str, **pieces: int) -> tuple[str, str]:
    """An order that waits in its bag."""
    order = picked(floor, external_id, **pieces)
    contents = {str(number): count for number, count in enumerate(pieces.values(), 1)}
    bag = floor.act("bag", order=order, contents=contents)["package"]["id"]
    floor.act("stage", bag=bag, location="S-01")
    return order, bag


def choose(order: str, choice: str, **details: str) -> None:
    """The customer's answer to the newest question."""
    answer_question(get_question(question_of(order)), choice=choice, details=details, by=CUSTOMER)


def name_of(login: str) -> str:
    return db.session.scalars(select(Staff.public_id).where(Staff.login == login)).one()


def pick_tasks(order: str) -> list[str]:
    """The order's pick tasks in the order of its lines."""
    mine = select(PickTask.public_id).join(Order, Order.id == PickTask.order_id).where(Order.public_id == order)
    return list(db.session.scalars(mine.order_by(PickTask.order_line_id, PickTask.id)))


def question_of(order: str) -> str:
    """The order's newest question."""
    mine = select(Question.public_id).join(Order, Order.id == Question.order_id).where(Order.public_id == order)
    return value(db.session.scalars(mine.order_by(Question.id.desc())).first())


def floor_task(kind: str) -> str:
    """The newest open task of a kind."""
    found = select(FloorTask.public_id).where(FloorTask.kind == kind, FloorTask.state == "open")
    return value(db.session.scalars(found.order_by(FloorTask.id.desc())).first())


def newest_transfer() -> tuple[str, int]:
    """Its name, and the id of its only line."""
    found = value(db.session.scalars(select(Transfer).order_by(Transfer.id.desc())).first())
    return found.public_id, found.lines[0].id


def print_job() -> PrintJob:
    return value(db.session.scalars(select(PrintJob).order_by(PrintJob.id.desc())).first())


def books(floor: Floor, sku: str) -> int:
    """What the books hold of an item."""
    found: int = floor.get(f"/stores/{HERE}/stock?sku={sku}")["levels"][0]["on_hand"]
    return found


CHAPTERS = (open_the_shop, sell_online, walk_the_floor, pack_and_stage, hand_over, send_goods, take_goods_back)
