"""The rows of the task list: what to do, with which goods, where, for which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import NUMBER_BASE, Order, OrderLine, Question
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.picking.boards import ROW_OF_TASK, fresh_answers

MOST_TASKS = 200


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task. `shelf` is where its goods belong, `place` where its bag stood."""

    task: FloorTask
    item: Item | None
    variant: str
    shelf: str | None
    order_number: str | None
    bag: Package | None
    place: str | None
    transfer: Transfer | None
    other_store: str | None
    assignee: str | None

    @property
    def left(self) -> int:
        """Pieces still to do."""
        return self.task.quantity - self.task.done_quantity


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a customer chose after a short pick."""

    order: Order
    line: OrderLine
    question: Question

    @property
    def answered_at(self) -> datetime | None:
        return self.question.answered_at


def task_rows(store: Store, row: str) -> list[TaskRow]:
    """Open tasks under one counted row of the board, the oldest first."""
    kinds = [kind for kind, of in ROW_OF_TASK.items() if of == row]
    found = db.session.execute(
        select(FloorTask, Item, StockLevel.location, Package, StagingLocation.code, Transfer, Staff.name)
        .outerjoin(Item, Item.id == FloorTask.item_id)
        .outerjoin(StockLevel, (StockLevel.store_id == FloorTask.store_id) & (StockLevel.item_id == FloorTask.item_id))
        .outerjoin(Package, Package.id == FloorTask.package_id)
        .outerjoin(StagingLocation, StagingLocation.id == Package.staging_location_id)
        .outerjoin(Transfer, Transfer.id == FloorTask.transfer_id)
        .outerjoin(Staff, Staff.id == FloorTask.assigned_id)
        .where(FloorTask.store_id == store.id, FloorTask.state == "open", FloorTask.kind.in_(kinds))
        .order_by(FloorTask.id)
        .limit(MOST_TASKS)
    ).unique()
    return [
        TaskRow(
            task=task,
            item=item,
            variant=variant(item) if item is not None else "",
            shelf=shelf,
            order_number=str(NUMBER_BASE + task.order_id) if task.order_id is not None else None,
            bag=bag,
            place=place,
            transfer=transfer,
            other_store=_other_store(transfer, store),
            assignee=assignee.split()[0] if assignee else None,
        )
        for task, item, shelf, bag, place, transfer, assignee in found
    ]


def _other_store(transfer: Transfer | None, store: Store) -> str | None:
    if transfer is None:
        return None
    other = transfer.destination_store_id if transfer.source_store_id == store.id else transfer.source_store_id
    return db.session.scalar(select(Store.name).where(Store.id == other))


def answer_rows(store: Store, now: datetime) -> list[AnswerRow]:
    """What customers answered lately, the newest first."""
    found = db.session.execute(
        select(Order, OrderLine, Question)
        .join(Question, Question.order_id == Order.id)
        .join(OrderLine, OrderLine.id == Question.order_line_id)
        .where(fresh_answers(store, now))
        .order_by(Question.answered_at.desc())
        .limit(MOST_TASKS)
    ).unique()
    return [AnswerRow(order, line, question) for order, line, question in found]


def transfer_items(rows: Sequence[TaskRow]) -> dict[int, Item]:
    """The goods of the rows' transfers, by item id."""
    return items_of_transfers([row.transfer for row in rows if row.transfer is not None])


def items_of_transfers(transfers: Sequence[Transfer]) -> dict[int, Item]:
    """The goods of some transfers, by item id."""
    ids = {line.item_id for transfer in transfers for line in transfer.lines}
    return {item.id: item for item in db.session.scalars(select(Item).where(Item.id.in_(ids)))}
