"""What the handoff says: amounts, what is still missing, and what was done before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from omni_pickup import clock
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.pages import local_day, local_time, money_words
from omni_pickup.queries.handoff.handoff_sheets import HandoffSheet, PastHandoff
from omni_pickup.rules.codes import PICKUP_ALPHABET, PICKUP_CODE_LENGTH
from omni_pickup.services.handoff.handoff_checks import MOST_WRONG_CODES
from omni_pickup.services.order_states import paid_for


def amount_words(order: Order) -> str:
    """What is due, or what was paid for the open goods; empty where nobody should read an amount."""
    paid = sum(paid_for(line, line.open) for line in order.lines)
    minor = order.payment_due_minor if order.payment_state == "due" else paid
    if order.gift or not minor or order.currency is None:
        return ""
    return money_words(minor, order.currency)


def result_words(order: Order, past: PastHandoff, *, me: int | None) -> str:
    """`Bartek handed this over at 15:20`."""
    time = _when(past.handoff.at, order.store)
    who = _("You") if past.staff_id is not None and past.staff_id == me else past.who or _("Somebody")
    words = {
        "collected": _("%(who)s handed this over at %(time)s", who=who, time=time),
        "partly": _("%(who)s handed a part over at %(time)s", who=who, time=time),
        "refused": _("%(who)s noted at %(time)s that it was refused", who=who, time=time),
    }
    return str(words[past.handoff.result])


def _when(at: datetime, store: Store) -> str:
    """The clock time, with the day for another day."""
    day, time = local_day(at, store), local_time(at, store)
    return time if day == local_day(clock.now(), store) else f"{time}, {day}"


def script_words(sheet: HandoffSheet) -> dict[str, Any]:
    """What the bar says, by what is missing; lists are by number."""
    numbers = range(1, len(sheet.bags) + 1)
    return {
        "pay": _("Paid at the till?"),
        "code": _("Check the code"),
        "photo_id": _("See an ID"),
        "age": _("Check the age"),
        "signature": _("Take a signature"),
        "manager": _("Ask a manager"),
        "bags": ["", *(ngettext("Scan %(num)s more bag", "Scan %(num)s more bags", n) for n in numbers)],
        "give": ["", *(ngettext("Hand over %(num)s bag", "Hand over %(num)s bags", n) for n in numbers)],
        "part": _("Hand over %(given)s of %(all)s pieces", given="#", all=sheet.pieces),
        "refuse": _("Take all back"),
        "flying": _("Handing over …"),
        "back": _("%(what)s when back", what="#"),
        "in": ["", *(_("Bag %(n)s is here", n=bag.bag.number) for bag in sheet.bags)],
        "tries": [_("Not right. A manager decides now."), *map(_tries, range(1, MOST_WRONG_CODES + 1))],
        # How a scan is told to be a pickup code.
        "code_pattern": f"[{PICKUP_ALPHABET}]{{{PICKUP_CODE_LENGTH}}}",
        "stray": _("Not a bag of %(number)s", number=sheet.order.number),
    }


def _tries(left: int) -> str:
    return str(ngettext("Not right. %(num)s try left.", "Not right. %(num)s tries left.", left))
