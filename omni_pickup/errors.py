"""What can go wrong, in the reader's words, with a stable code and the HTTP status that faces answer with.

Services and queries raise these; faces turn them into problem+json, a page or a fragment; commands print them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class OperationError(Exception):
    """An operation that was not done, and changed nothing.

    `message` is one sentence for the person who reads it; `details` are extra members of the
    problem document (RFC 9457, section 3.2) such as `lines` or `alternatives`.
    """

    code: ClassVar[str] = "operation_error"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "This could not be done"
    retry_after: int | None = None

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.details: Mapping[str, Any] = details


class Unreadable(OperationError):
    code = "unreadable"
    status = 400
    title = "The request could not be read"


class IdempotencyKeyRequired(OperationError):
    code = "idempotency_key_required"
    status = 400
    title = "This request needs an Idempotency-Key header"


class Unauthenticated(OperationError):
    code = "unauthenticated"
    status = 401
    title = "Please identify yourself"


class Forbidden(OperationError):
    code = "forbidden"
    status = 403
    title = "You may not do this"


class MissingScope(Forbidden):
    code = "missing_scope"
    title = "This key lacks the needed scope"


class ManagerNeeded(Forbidden):
    code = "manager_needed"
    title = "A manager has to approve this"


class NotFound(OperationError):
    code = "not_found"
    status = 404
    title = "There is no such thing here"


class Invalid(OperationError):
    """Readable input whose meaning is wrong; `errors` point at the fields by JSON pointer (RFC 6901)."""

    code = "invalid"
    status = 422
    title = "Some values are not right"

    def __init__(self, message: str = "", *, errors: Sequence[Mapping[str, str]] = (), **details: Any) -> None:
        super().__init__(message, errors=list(errors), **details)

    @classmethod
    def at(cls, pointer: str, message: str) -> Invalid:
        """One wrong field."""
        return cls(message, errors=[{"pointer": pointer, "message": message}])


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request"


class Conflict(OperationError):
    code = "conflict"
    title = "The present state does not allow this"


class WrongState(Conflict):
    code = "wrong_state"


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    title = "Someone else changed this meanwhile"


class InsufficientStock(Conflict):
    code = "insufficient_stock"
    title = "Not enough pieces are available at this store"


class ExternalIdConflict(Conflict):
    code = "external_id_conflict"
    title = "This external_id belongs to another request"


class StorePaused(Conflict):
    code = "store_paused"
    title = "This store takes no new pickups at the moment"


class NoPromise(Conflict):
    code = "no_promise"
    title = "This store has no opening hours within 60 days"


class HoldUsed(Conflict):
    code = "hold_used"
    title = "This hold already became an order"


class StopSale(Conflict):
    code = "stop_sale"
    title = "This item may not be sold or handed over"


class PaymentVoid(Conflict):
    code = "payment_void"
    title = "The payment of this order is void"


class PreconditionFailed(OperationError):
    code = "precondition_failed"
    status = 412
    title = "The resource has changed since you read it"


class Throttled(OperationError):
    code = "too_many_requests"
    status = 429
    title = "Too many attempts"

    def __init__(self, message: str = "", *, retry_after: int, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class Busy(OperationError):
    code = "busy"
    status = 503
    title = "The database is busy, please try again"
    retry_after = 1


class OutOfService(Busy):
    code = "out_of_service"
    title = "The database cannot be used at the moment"
    retry_after = 5


class NothingToPick(Conflict):
    code = "nothing_to_pick"
    title = "There is nothing to pick at the moment"


class AlreadyTaken(Conflict):
    code = "already_taken"
    title = "Somebody else has this already"


class WrongItem(Conflict):
    code = "wrong_item"
    title = "This is not the item to pick"


class KeyholderNeeded(Conflict):
    code = "keyholder_needed"
    title = "The keyholder has to open the case for this item"


class WrongZone(Conflict):
    code = "wrong_zone"
    title = "This place has the wrong temperature"


class WrongBag(Conflict):
    code = "wrong_bag"
    title = "This bag does not belong to the order"


class BagsMissing(Conflict):
    code = "bags_missing"
    title = "Not every bag has been scanned out"


class TakeOutFirst(Conflict):
    code = "take_out_first"
    title = "A piece has to be taken out of this bag first"


class ChecksMissing(Conflict):
    code = "checks_missing"
    title = "Something about the person has to be checked first"


class PaymentDue(Conflict):
    code = "payment_due"
    title = "This order has to be paid at the till first"


class TooLate(Conflict):
    code = "too_late"
    title = "The time to undo this is over"
