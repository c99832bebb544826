"""Who stands there: pickup codes with their limit, and the checks that a store's policy asks for."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import ChecksMissing, ManagerNeeded
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.orders import Order, PickupCode
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.codes import normalise_pickup_code
from omni_pickup.rules.handoff_policies import HandoffPolicy, missing_checks, required_checks
from omni_pickup.rules.money import from_minor
from omni_pickup.rules.pickup_qrs import parse_qr
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import paid_for, record_order
from omni_pickup.services.staff.throttles import reserve_attempt, return_attempt

#: After so many wrong codes a manager decides; a right one starts the count anew.
MOST_WRONG_CODES = 5
#: A code that was right stays good for this long on the tablet where it was said.
PROOF_LASTS = timedelta(minutes=15)
#: Staff may say that they did these; a code is proved by the code, a manager by being one.
CLAIMABLE = frozenset({"photo_id", "age", "signature"})


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """Whether a code was right, whose it is (`customer`, `collector`), and how many tries are left.

    `elsewhere` is the other store where the code's order is, `ready` whether it can be fetched there.
    """

    right: bool
    holder: str | None
    tries_left: int
    order: Order | None = None
    elsewhere: Store | None = None
    ready: bool = False


def check_code(order: Order, text: str, *, by: Actor, at: datetime | None = None) -> CodeCheck:
    """Compare what was said or scanned with the order's codes, and remember the outcome.

    Answers instead of raising, because a wrong try must be counted: the caller commits either way. After five
    wrong ones nothing is compared any more until a manager approves. Raises ManagerNeeded then.
    """
    if order.wrong_codes >= MOST_WRONG_CODES and not is_approved(by):
        raise ManagerNeeded("Too many wrong codes were said for this order. A manager has to approve.")
    qr = parse_qr(text)
    said = normalise_pickup_code(text if qr is None else qr.code)
    holder = None if qr is not None and qr.order_id != order.public_id else _holder_of(order, said)
    order.updated_at = clock.now()
    if holder is None:
        order.wrong_codes += 1
        record_order(order, "order.code_refused", by=by, occurred_at=at)
        return CodeCheck(False, None, max(0, MOST_WRONG_CODES - order.wrong_codes), order)
    order.wrong_codes = 0
    proof = {"method": "code" if qr is None else "qr", "holder": holder}
    record_order(order, "order.code_verified", by=by, occurred_at=at, extra={"proof": proof})
    return CodeCheck(True, holder, MOST_WRONG_CODES, order)


def find_by_code(store: Store, text: str, *, by: Actor) -> CodeCheck:
    """Find and prove an open order of this store by its code or QR; guesses are limited per tablet.

    Of another store's order only that store is told. Raises Throttled; the caller commits every other outcome.
    """
    enter_floor(store.id)
    subject = f"device:{by.device_id}"
    reserve_attempt("code", subject)
    qr = parse_qr(text)
    code = normalise_pickup_code(text if qr is None else qr.code)
    rows = db.session.scalars(
        select(PickupCode).where(PickupCode.code == code, PickupCode.active).order_by(PickupCode.id)
    ).all()
    if qr is not None:
        rows = [row for row in rows if db.session.get_one(Order, row.order_id).public_id == qr.order_id]
    here = next((row for row in rows if row.store_id == store.id), None)
    if here is None:
        return _not_here(rows)
    return_attempt("code", subject)
    return check_code(get_order_by_key(here.order_id), text, by=by)


def _not_here(rows: Sequence[PickupCode]) -> CodeCheck:
    """Codes are unique in their own store only: what several stores know says nothing."""
    if len(rows) != 1:
        return CodeCheck(False, None, MOST_WRONG_CODES)
    order = db.session.get_one(Order, rows[0].order_id)
    return CodeCheck(False, None, MOST_WRONG_CODES, elsewhere=order.store, ready=order.state == "ready")


def prove_person(
    order: Order, *, method: str, given: Iterable[str], by_collector: bool, by: Actor
) -> tuple[list[str], bool]:
    """The checks that were made, and whether it is the collector. Raises ChecksMissing, ManagerNeeded.

    Without a code the second path is equal: order number, name or phone end, and ID seen.
    """
    if order.wrong_codes >= MOST_WRONG_CODES and not is_approved(by):
        raise ManagerNeeded("Too many wrong codes were said for this order. A manager has to approve.")
    proof = code_proof(order, by) if method in ("code", "qr") else None
    if method in ("code", "qr") and proof is None:
        raise ChecksMissing("The pickup code has not been checked on this tablet.", missing=[method])
    is_collector = by_collector if proof is None else proof["holder"] == "collector"
    done = set(given) & CLAIMABLE
    done |= {proof["method"]} if proof is not None else set()
    done |= {"manager"} if is_approved(by) else set()
    missing = sorted(missing_checks(needed_checks(order, has_code=proof is not None, is_collector=is_collector), done))
    if missing == ["manager"]:
        raise ManagerNeeded("From this value on a manager approves a handoff without code.")
    if missing:
        words = {"photo_id": "see an ID", "age": "check the age", "signature": "take a signature", "qr": "scan the QR"}
        todo = ", ".join(words.get(check, check) for check in missing)
        raise ChecksMissing(sentence("Before handing over: %(todo)s.", todo=todo), missing=missing)
    return sorted(done), is_collector


def order_value(order: Order) -> Decimal:
    """What the open goods are worth, in the order's currency; 0 for an order without prices."""
    if order.currency is None:
        return Decimal(0)
    return from_minor(sum(paid_for(line, line.open) for line in order.lines), order.currency).amount


def needed_checks(order: Order, *, has_code: bool, is_collector: bool) -> frozenset[str]:
    """What has to be checked before this order's open goods are given to this kind of person."""
    ages = [line.item.min_age for line in order.lines if line.open and line.item.min_age]
    return required_checks(
        _policy(order.store),
        value=order_value(order),
        has_code=has_code,
        min_age=max(ages, default=None),
        is_collector=is_collector,
    )


def _policy(store: Store) -> HandoffPolicy:
    values = store.handoff_policy

    def amount(name: str) -> Decimal | None:
        return None if values.get(name) is None else Decimal(str(values[name]))

    return HandoffPolicy(
        require_qr=bool(values.get("require_qr", False)),
        photo_id_from=amount("photo_id_from"),
        signature_from=amount("signature_from"),
        manager_without_code_from=amount("manager_without_code_from"),
        photo_id_for_collector=bool(values.get("photo_id_for_collector", False)),
    )


def _holder_of(order: Order, said: str) -> str | None:
    codes = db.session.scalars(select(PickupCode).where(PickupCode.order_id == order.id, PickupCode.active)).all()
    right = [row.holder for row in codes if hmac.compare_digest(row.code.encode(), said.encode())]
    return right[0] if right else None


def code_proof(order: Order, by: Actor) -> Mapping[str, str] | None:
    """`method` and `holder` of the last right code on this very tablet; None if there was none of late.

    What was proved at another counter proves nothing here.
    """
    data = db.session.scalar(
        select(Event.data)
        .where(
            Event.order_id == order.id,
            Event.type == "order.code_verified",
            Event.device_id.is_(None) if by.device_id is None else Event.device_id == by.device_id,
            Event.recorded_at > clock.now() - PROOF_LASTS,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    return None if data is None else data["proof"]


def is_approved(by: Actor) -> bool:
    """Whether a manager nods, or is the one who acts."""
    for staff_id in (by.approver_id, by.staff_id):
        person = None if staff_id is None else db.session.get(Staff, staff_id)
        if person is not None and person.active and person.has_role("manager"):
            return True
    return False
