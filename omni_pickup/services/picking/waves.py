"""Waves: orders released together to one picker, each with a tote; no task is ever in two walks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from omni_pickup import clock, keys
from omni_pickup.errors import AlreadyTaken, NothingToPick, PaymentVoid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.waves import queued_tasks, wave_candidates, wave_shape, wave_tasks
from omni_pickup.rules.sentences import sentence
from omni_pickup.rules.waves import WalkTask, WaveOrder, plan_wave, tote_letter, walk_order
from omni_pickup.services import events
from omni_pickup.services.customers.check_ins import go_to_waiting
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.picking.pick_tasks import requeue_task


def release_wave(
    store: Store,
    *,
    picker: Staff,
    device: Device | None = None,
    size: int = 6,
    max_pieces: int | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Wave:
    """Give the most urgent orders to one picker: who waits comes first, then the earliest promise.

    Raises NothingToPick when nothing is queued, or when other tablets were faster.
    """
    enter_floor(store.id)
    now = clock.now()
    plan = plan_wave(wave_candidates(store.id, now), size=size, max_pieces=max_pieces)
    return _open_wave(store.id, plan, picker=picker, device=device, due=now, by=by, at=at)


def pick_order_now(
    order: Order,
    *,
    picker: Staff,
    device: Device | None = None,
    out_of: Wave | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Wave:
    """A walk for one order alone, because its customer waits; also for tasks that were put off.

    `out_of` is the walk in which the person saw the order: what is unfetched there comes along. Another walk keeps it,
    so that two people never take it from each other. Whoever picks goes to the customer, unless somebody does already.
    Raises PaymentVoid, AlreadyTaken with the picker's name, or NothingToPick.
    """
    if order.payment_state == "void":
        raise PaymentVoid
    if out_of is not None and out_of.state != "finished":
        pull_out_order(out_of, order, by=by, at=at)
    if not queued_tasks(order.id):
        _refuse_taken(order)
    plan = [WaveOrder(order.id, tote_letter(0))]
    wave = _open_wave(order.store_id, plan, picker=picker, device=device, due=None, by=by, at=at)
    go_to_waiting(order, by=by, at=at)
    return wave


def _refuse_taken(order: Order) -> None:
    name = db.session.scalar(
        select(Staff.name)
        .join(Wave, Wave.picker_id == Staff.id)
        .join(PickTask, PickTask.wave_id == Wave.id)
        .where(PickTask.order_id == order.id, PickTask.state == "assigned")
        .limit(1)
    )
    if name is not None:
        raise AlreadyTaken(
            sentence("%(name)s is picking order %(number)s.", name=name, number=order.number), taken_by=name
        )
    raise NothingToPick(sentence("Nothing of order %(number)s has to be picked.", number=order.number))


def _open_wave(
    store_id: int,
    plan: Iterable[WaveOrder],
    *,
    picker: Staff,
    device: Device | None,
    due: datetime | None,
    by: Actor,
    at: datetime | None,
) -> Wave:
    began = at or clock.now()
    wave = Wave(
        public_id=keys.new_id("wav"),
        store_id=store_id,
        picker_id=picker.id,
        device_id=None if device is None else device.id,
        released_at=began,
    )
    db.session.add(wave)
    db.session.flush()
    # Orders are locked in rising order of their keys, whatever their urgency, so that two tablets never wait in a ring.
    taken = [_take_order(wave, entry, due, by=by, at=began) for entry in sorted(plan, key=lambda entry: entry.key)]
    if not any(taken):
        raise NothingToPick
    _set_walk(wave)
    db.session.refresh(wave)
    _record(wave, "wave.released", by, at)
    return wave


def _take_order(wave: Wave, entry: WaveOrder, due: datetime | None, *, by: Actor, at: datetime) -> bool:
    """Take the order's tasks queued at `due`, each by a guarded UPDATE; False when other walks have them all."""
    order = get_order_by_key(entry.key)
    taken = [task for task in queued_tasks(order.id, due) if _take_task(task, wave)]
    if not taken:
        return False
    db.session.add(Tote(wave_id=wave.id, order_id=order.id, letter=entry.tote))
    order.picking_started_at = order.picking_started_at or at
    settle_order(order, by=by, occurred_at=at)
    return True


def _take_task(task: PickTask, wave: Wave) -> bool:
    done = db.session.execute(
        update(PickTask)
        .where(PickTask.id == task.id, PickTask.state == "queued")
        .values(state="assigned", wave_id=wave.id, version=PickTask.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(task)
    return cast(CursorResult[Any], done).rowcount == 1


def _set_walk(wave: Wave) -> None:
    """Number the stops in walk order over the shelves."""
    stops = wave_tasks(wave.id)
    walk = walk_order(WalkTask(stop.task.id, stop.location, stop.task.order_line.item.sku) for stop in stops)
    places = {stop.key: place for place, stop in enumerate(walk, 1)}
    for stop in stops:
        stop.task.walk_position = places[stop.task.id]
    db.session.flush()


def pause_wave(wave: Wave, *, by: Actor, at: datetime | None = None) -> Wave:
    """The picker is called away; the place in the walk is kept. A paused wave stays paused, quietly."""
    return _change(wave, {"open"}, "paused", "wave.paused", paused_at=at or clock.now(), by=by, at=at)


def resume_wave(wave: Wave, *, by: Actor, at: datetime | None = None) -> Wave:
    """Go on where the walk was left."""
    return _change(wave, {"paused"}, "open", "wave.resumed", paused_at=None, by=by, at=at)


def finish_wave(wave: Wave, *, by: Actor, at: datetime | None = None) -> Wave:
    """The walk is over; what was not fetched goes back to the queue for anybody."""
    if wave.state == "finished":
        return wave
    for tote in sorted(wave.totes, key=lambda tote: tote.order_id):
        _give_back(wave, get_order_by_key(tote.order_id), by=by, at=at)
    wave.finished_at = at or clock.now()
    return _change(wave, {"open", "paused"}, "finished", "wave.finished", paused_at=None, by=by, at=at)


def pull_out_order(wave: Wave, order: Order, *, by: Actor, at: datetime | None = None) -> Wave:
    """Take one order out of the walk: its unfetched pieces go back to the queue. Raises WrongState."""
    tote = next((tote for tote in wave.totes if tote.order_id == order.id), None)
    if tote is None:
        raise WrongState(sentence("Order %(number)s is not in this walk.", number=order.number))
    if tote.pulled_out_at is not None:
        return wave
    tote.pulled_out_at = at or clock.now()
    _give_back(wave, get_order_by_key(order.id), by=by, at=at)
    _record(wave, "wave.order_pulled_out", by, at, order=order.public_id)
    return wave


def _give_back(wave: Wave, order: Order, *, by: Actor, at: datetime | None) -> None:
    tasks = db.session.scalars(
        select(PickTask)
        .where(PickTask.wave_id == wave.id, PickTask.order_id == order.id, PickTask.state == "assigned")
        .order_by(PickTask.id)
    ).unique()
    for task in tasks:
        requeue_task(task)
    db.session.flush()
    in_a_walk = db.session.scalar(
        select(PickTask.id).where(PickTask.order_id == order.id, PickTask.state.in_(("assigned", "done"))).limit(1)
    )
    if in_a_walk is None and not any(line.picked for line in order.lines):
        # Given up before the first piece: the order is as if nobody had begun.
        order.picking_started_at = None
    settle_order(order, by=by, occurred_at=at)


def take_over_wave(wave: Wave, *, picker: Staff, device: Device | None = None, by: Actor) -> Wave:
    """Another person goes on with the walk; who had it before is in the event. Raises WrongState when it is over."""
    if wave.state == "finished":
        raise WrongState("This walk is over.", state=wave.state)
    before = wave.picker_id
    if before == picker.id and wave.device_id == (None if device is None else device.id):
        return wave
    wave.picker_id, wave.device_id = picker.id, None if device is None else device.id
    _record(wave, "wave.taken_over", by, None, picker_before=_public_id(before))
    return wave


def _change(
    wave: Wave,
    before: set[str],
    after: str,
    event: str,
    *,
    paused_at: datetime | None,
    by: Actor,
    at: datetime | None,
) -> Wave:
    if wave.state == after:
        return wave
    if wave.state not in before:
        raise WrongState(sentence("This walk is %(state)s.", state=wave.state), state=wave.state)
    wave.state, wave.paused_at = after, paused_at
    _record(wave, event, by, at)
    return wave


def _public_id(staff_id: int | None) -> str | None:
    return None if staff_id is None else db.session.get_one(Staff, staff_id).public_id


def _record(wave: Wave, type_: str, by: Actor, at: datetime | None, **extra: str | None) -> None:
    db.session.flush()
    events.record(type_, by=by, data={**wave_shape(wave), **extra}, store_id=wave.store_id, occurred_at=at)
