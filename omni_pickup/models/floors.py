"""One at a time on the floor of a store: the lock that comes before all others (docs/decisions/0009).

Whoever changes an order that exists, a task, a hold, a return, a transfer, or stock other than by reserving, enters
the store's floor first and stays until the transaction ends. Placing orders and holds does not enter: those lock the
levels that they reserve, in rising item order, and nothing else that others wait for. So nobody waits in a ring.
On SQLite there is one writer anyway.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from omni_pickup.models.base import db, is_writing
from omni_pickup.models.postgresql import SESSION

#: Sets these locks apart from the program's other advisory locks; the store's key is in the lower half.
_FLOORS = 0x0F10 << 32
_ENTER = select(func.pg_advisory_xact_lock(bindparam("floor", type_=BigInteger)))
#: A floor with a lower number than one already entered is not waited for as long as a ring would need to be noticed.
_OUT_OF_TURN = text("SET LOCAL lock_timeout = '500ms'")
_AS_ALWAYS = text(f"SET LOCAL lock_timeout = '{SESSION['lock_timeout']}'")


def enter_floor(*store_ids: int) -> None:
    """Wait until nobody else is on these stores' floors, and keep others off until the transaction ends.

    Name all stores at once where more than one is known: they are entered in rising order. Outside of a transaction
    this does nothing. Raises an error that `transaction()` turns into Busy when somebody stays too long.
    """
    session: Session = db.session()
    if not _is_needed(session):
        return
    entered = _entered(session)
    for store_id in sorted(set(store_ids) - entered):
        _enter(session, store_id, out_of_turn=any(other > store_id for other in entered))
        entered.add(store_id)


def enter_floors_of(stores: Select[*tuple[Any, ...]]) -> None:
    """Enter the floors of the stores (primary keys) that the statement finds; empty ones are left out."""
    session: Session = db.session()
    if _is_needed(session):
        enter_floor(*(key for row in session.execute(stores) for key in row if key is not None))


def _is_needed(session: Session) -> bool:
    return is_writing() and session.connection().dialect.name != "sqlite"


def _entered(session: Session) -> set[int]:
    """The floors of the transaction that runs now."""
    transaction = session.get_transaction()
    if session.info.get("floors_of") is not transaction:
        session.info |= {"floors_of": transaction, "floors": set()}
    floors: set[int] = session.info["floors"]
    return floors


def _enter(session: Session, store_id: int, *, out_of_turn: bool) -> None:
    connection = session.connection()
    if out_of_turn:
        connection.execute(_OUT_OF_TURN)
    connection.execute(_ENTER, {"floor": _FLOORS | store_id})
    if out_of_turn:
        connection.execute(_AS_ALWAYS)
