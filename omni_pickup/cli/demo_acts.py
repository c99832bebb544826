"""The steps of a sample order's life, each through the real services at its own moment in the past."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.cli.demo_scenes import CARS, PICKERS, Scene
from omni_pickup.models.actors import CUSTOMER, Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.returns import Return
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order, pickup_code
from omni_pickup.services.customers.check_ins import check_in, take_check_in
from omni_pickup.services.handoff.handoff_checks import check_code
from omni_pickup.services.handoff.handoff_plans import LineResult
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.expiries import expire_due_orders
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.packages import pack_bag
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.questions import open_questions
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.staging import stage_bag
from omni_pickup.services.picking.waves import finish_wave, pick_order_now
from omni_pickup.services.returns.restocks import restock_piece
from omni_pickup.services.returns.return_desks import finish_inspection, receive_piece
from omni_pickup.services.returns.returns import announce_return

_PLACES = {"ambient": [f"S-{number:02}" for number in range(1, 13)], "chilled": ["F-1", "F-2"], "frozen": ["Z-1"]}


@dataclass(slots=True)
class Stage:
    """The things that every scene needs."""

    client_id: int
    stores: dict[str, Store]
    people: dict[str, Staff]
    chance: random.Random


@contextmanager
def step(minutes_ago: float) -> Iterator[None]:
    """Something that happened so many minutes ago."""
    with clock.shifted(timedelta(minutes=-minutes_ago)):
        yield


def _by(stage: Stage, scene: Scene) -> Actor:
    return Actor("staff", staff_id=_picker(stage, scene).id)


def _picker(stage: Stage, scene: Scene) -> Staff:
    return stage.people[scene.picker or PICKERS[scene.store]]


def _bags(order_id: str) -> list[Package]:
    return list(db.session.scalars(select(Package).join(Order).where(Order.public_id == order_id).order_by(Package.id)))


def _returns(order_id: str) -> list[Return]:
    return list(db.session.scalars(select(Return).join(Order).where(Order.public_id == order_id)))


def _begin(stage: Stage, scene: Scene, order_id: str) -> list[PickTask]:
    wave = pick_order_now(get_order(order_id), picker=_picker(stage, scene), by=_by(stage, scene))
    return list(db.session.scalars(select(PickTask).where(PickTask.wave_id == wave.id).order_by(PickTask.id)))


def _pick_all_but(left: int) -> Callable[[Stage, Scene, str], None]:
    def act(stage: Stage, scene: Scene, order_id: str) -> None:
        with step(scene.since + 4):
            tasks = _begin(stage, scene, order_id)
            for task in tasks[: len(tasks) - left]:
                pick_pieces(task, pieces=task.left, keyholder=True, by=_by(stage, scene))
            if not left:
                finish_wave(db.session.get_one(Wave, tasks[0].wave_id), by=_by(stage, scene))

    return act


def _pick_short(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since):
        first, *rest = _begin(stage, scene, order_id)
        short_pick(first, pieces=first.left, reason="not_found", by=_by(stage, scene))
        for task in rest:
            pick_pieces(task, pieces=task.left, keyholder=True, by=_by(stage, scene))


def _answer(stage: Stage, scene: Scene, order_id: str) -> None:
    del stage  # The customer answers.
    with step(scene.since / 2):
        for question in open_questions(get_order(order_id).id):
            answer_question(question, choice="cancel", by=CUSTOMER)


def _pack(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since + 2):
        order = get_order(order_id)
        groups: dict[tuple[str, str], dict[str, int]] = {}
        for line in order.lines:
            alone = line.line_id if "bulky" in line.item.handling else ""
            groups.setdefault((line.item.temperature, alone), {})[line.line_id] = line.picked
        for contents in groups.values():
            pack_bag(order, contents=contents, by=_by(stage, scene))


def _stage_bags(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since + 1):
        for bag in _bags(order_id):
            stage_bag(bag, stage.chance.choice(_PLACES[bag.zone]), by=_by(stage, scene))


def _arrive(kind: str) -> Callable[[Stage, Scene, str], None]:
    def act(stage: Stage, scene: Scene, order_id: str) -> None:
        with step(scene.since):
            car = stage.chance.choice(CARS[:-1]) if scene.bay else None
            eta = clock.now() + timedelta(minutes=12) if kind == "on_my_way" else None
            check_in(get_order(order_id), kind=kind, bay=scene.bay, vehicle=car, eta=eta, by=CUSTOMER)

    return act


def _take(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since / 2):
        row = select(CheckIn).where(CheckIn.order_id == get_order(order_id).id, CheckIn.ended_at.is_(None))
        take_check_in(db.session.scalars(row).one(), by=_by(stage, scene))


def _hand_over(result: str) -> Callable[[Stage, Scene, str], None]:
    def act(stage: Stage, scene: Scene, order_id: str) -> None:
        with step(scene.since):
            order = get_order(order_id)
            check_code(order, pickup_code(order) or "", by=_by(stage, scene))
            refused = {"refused": len(order.lines), "partly": 1}.get(result, 0)
            hand_over(
                order,
                scanned_packages=[bag.public_id for bag in _bags(order_id)],
                method="code",
                given_checks=("age", "photo_id"),
                lines=_results(order, refused) if refused else None,
                by=_by(stage, scene),
            )

    return act


def _results(order: Order, refused: int) -> dict[str, LineResult]:
    """The first lines are refused, the others taken."""
    return {
        line.line_id: LineResult(0, line.open, "changed_mind") if number < refused else LineResult(line.open)
        for number, line in enumerate(order.lines)
    }


def _cancel(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since):
        cancel_order(get_order(order_id), reason="customer", by=Actor("channel", client_id=stage.client_id))


def _expire(stage: Stage, scene: Scene, order_id: str) -> None:
    del stage, scene, order_id  # Whatever is due expires.
    with step(20):
        expire_due_orders(clock.now(), limit=10)


def _announce(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since + 10):
        order = get_order(order_id)
        said = [
            {"line_id": line.line_id, "sku": line.item.sku, "quantity": line.collected, "reason": "too_small"}
            for line in order.lines
        ]
        values = {"external_id": f"R-{order.external_id}", "order": {"external_id": order.external_id}, "lines": said}
        announce_return(values, client_id=stage.client_id, source="customer", by=CUSTOMER)


def _receive(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since + 5):
        order = get_order(order_id)
        for ret in _returns(order_id):
            for line in ret.lines:
                receive_piece(
                    ret,
                    line,
                    pieces=line.said,
                    reason="too_small",
                    condition="as_new",
                    store=order.store,
                    by=_by(stage, scene),
                )


def _inspect(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since):
        for ret in _returns(order_id):
            finish_inspection(ret, by=_by(stage, scene))


def _shelve(stage: Stage, scene: Scene, order_id: str) -> None:
    with step(scene.since):
        for ret in _returns(order_id):
            for line in ret.lines:
                restock_piece(line, pieces=line.accepted, scanned_location="A-01-1", by=_by(stage, scene))


_PICKED = (_pick_all_but(0),)
_READY = (*_PICKED, _pack, _stage_bags)
_COLLECTED = (*_READY, _hand_over("collected"))
ACTS: dict[str, tuple[Callable[[Stage, Scene, str], None], ...]] = {
    "received": (),
    "picking": (_pick_all_but(1),),
    "picked": _PICKED,
    "packed": (*_PICKED, _pack),
    "short": (_pick_short,),
    "answered": (_pick_short, _answer),
    "ready": _READY,
    "arrived": (*_READY, _arrive("here")),
    "arrived_early": (_pick_all_but(2), _arrive("here")),
    "taken": (*_READY, _arrive("here"), _take),
    "on_my_way": (*_READY, _arrive("on_my_way")),
    "collected": _COLLECTED,
    "partly": (*_READY, _hand_over("partly")),
    "refused": (*_READY, _hand_over("refused")),
    "cancelled": (_cancel,),
    "cancelled_ready": (*_READY, _cancel),
    "expired": (*_READY, _expire),
    "return_announced": (*_COLLECTED, _announce),
    "return_received": (*_COLLECTED, _announce, _receive),
    "return_inspected": (*_COLLECTED, _announce, _receive, _inspect),
    "return_closed": (*_COLLECTED, _announce, _receive, _inspect, _shelve),
}
