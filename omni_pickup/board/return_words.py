"""What the returns desk says: reasons, conditions, where a piece goes, and why it is not taken."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from omni_pickup import clock
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.pages import local_day
from omni_pickup.queries.returns.returnable_lines import collected_on
from omni_pickup.rules.returnables import Verdict

#: Tiles in the order of the screen, with their icons; the two sizes share one tile.
REASON_TILES = (
    ("not_as_described", "eye", lazy_gettext("Looks different")),
    ("changed_mind", "undo-2", lazy_gettext("Changed mind")),
    ("defective", "wrench", lazy_gettext("Faulty")),
    ("damaged_in_transit", "package-x", lazy_gettext("Damaged")),
    ("wrong_item", "repeat", lazy_gettext("Wrong item")),
)
SIZE_TILES = (("too_small", lazy_gettext("Too small")), ("too_large", lazy_gettext("Too large")))
#: Only shown when the customer announced one of them.
OTHER_REASONS = {
    "unwanted_gift": lazy_gettext("Unwanted gift"),
    "arrived_late": lazy_gettext("Arrived late"),
    "recalled": lazy_gettext("Recalled"),
    "other": lazy_gettext("Another reason"),
}
CONDITION_TILES = (
    ("as_new", lazy_gettext("Unopened")),
    ("opened", lazy_gettext("Like new")),
    ("worn", lazy_gettext("Used")),
    ("damaged", lazy_gettext("Broken")),
)
#: Where a piece goes: an icon, two words for the chip, a sentence for the verdict, the button at its end.
WAYS = {
    "restock": ("archive-restore", lazy_gettext("Restock"), lazy_gettext("It goes back on the shelf."), ""),
    "refurbish": ("wrench", lazy_gettext("To repair"), lazy_gettext("It is made good first."), lazy_gettext("Repairs")),
    "return_to_vendor": ("truck", lazy_gettext("To vendor"), lazy_gettext("It goes to the vendor."), ""),
    "return_to_dc": ("warehouse", lazy_gettext("To warehouse"), lazy_gettext("It goes to the warehouse."), ""),
    "quarantine": (
        "triangle-alert",
        lazy_gettext("Keep apart"),
        lazy_gettext("It is kept apart."),
        lazy_gettext("Put apart"),
    ),
    "scrap": ("trash-2", lazy_gettext("Scrap"), lazy_gettext("It is scrapped."), lazy_gettext("Scrapped")),
}
_RULES = {
    "not_returnable": lazy_gettext("excluded from returns"),
    "already_returned": lazy_gettext("returned or announced before"),
    "not_collected": lazy_gettext("not collected yet"),
    "past_window": lazy_gettext("time to return is over"),
    "quantity": lazy_gettext("more than was collected"),
}


def rule_words(rule: str | None) -> str:
    """The name of a rule."""
    return str(_RULES.get(rule or "", rule or ""))


def reason_words(reason: str | None) -> str:
    """A reason as its tile says it."""
    named = {name: words for name, _icon, words in REASON_TILES} | dict(SIZE_TILES) | OTHER_REASONS
    return str(named.get(reason or "", ""))


def refusal_words(line: ReturnLine, judged: Verdict, store: Store) -> str:
    """Why a piece is not taken, to be said to the customer."""
    order_line = line.order_line
    day = None if order_line is None else collected_on(order_line)
    if judged.rule == "past_window" and order_line is not None and day is not None:
        last = day + timedelta(days=order_line.item.return_days or 0)
        late = (clock.now().astimezone(ZoneInfo(store.timezone)).date() - last).days
        over = ngettext("%(num)s day ago", "%(num)s days ago", late)
        return str(_("Not taken. It could come back until %(day)s, %(ago)s.", day=f"{last:%d.%m.%Y}", ago=over))
    return str(_("Not taken. %(why)s", why=_(judged.sentence)))


def done_words(line: ReturnLine, store: Store) -> str:
    """The verdict on a piece that was counted in."""
    if not line.accepted:
        return refusal_words(line, Verdict(False, line.rule, "The customer keeps it."), store)
    way = WAYS[line.disposition or "quarantine"][2]
    return f"{_('Take it back.')} {way}"


def rule_line(line: ReturnLine) -> str:
    """What the verdict rests on, in one short line."""
    if not line.accepted:
        return str(_("Rule: %(rule)s", rule=rule_words(line.rule)))
    if line.overridden_by_id is not None and line.disposition != line.proposed_disposition:
        return str(_("A manager decided so."))
    if line.rule is not None:
        return str(_("A manager took it, although: %(rule)s.", rule=rule_words(line.rule)))
    if line.order_line is None:
        return str(_("Rule: bought elsewhere, the shop pays back."))
    days = line.order_line.item.return_days
    return str(_("Rule: %(days)s days to return.", days=days) if days else _("Rule: no time limit."))


def bought_words(line: ReturnLine, order: Order | None, store: Store) -> str:
    """Which order, collected when: what tells this piece from another of its kind."""
    if order is None or line.order_line is None:
        return str(_("Bought elsewhere"))
    day = collected_on(line.order_line)
    number = _("Order %(number)s", number=order.number)
    if day is None:
        return str(number)
    ago = (clock.now().astimezone(ZoneInfo(store.timezone)).date() - day).days
    when = _("today") if ago <= 0 else ngettext("%(num)s day ago", "%(num)s days ago", ago)
    moment = line.order_line.order.collected_at
    collected = _("collected %(day)s, %(ago)s", day=local_day(moment, store), ago=when) if moment else when
    return f"{number}, {collected}"
