"""The state machines as data, and the one function that derives an order's state from its counters.

A table maps each state to the states that can follow it. ``may_move`` answers for a pair; staying where one
is (a double tap) is always allowed and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from omni_pickup.rules.problems import RuleProblem

Moves = Mapping[str, frozenset[str]]

ORDER_STATES = ("received", "picking", "picked", "ready", "collected", "cancelled", "expired")
ORDER_OPEN_STATES = frozenset({"received", "picking", "picked", "ready"})

ORDER_MOVES: dict[str, frozenset[str]] = {
    # A one-piece order is picked in a single tap. Nothing expires before it was ready once.
    "received": frozenset({"picking", "picked", "cancelled"}),
    # Back to received when a wave is given up before its first pick. Straight to ready when the only line
    # that was still on the shelf is cancelled and the rest is staged. To an end when the open question is
    # answered.
    "picking": frozenset({"received", "picked", "ready", "collected", "cancelled", "expired"}),
    # Back to picking when a short piece is found again, a substitute is chosen or the last picked piece turns
    # out short.
    "picked": frozenset({"picking", "ready", "collected", "cancelled", "expired"}),
    # Back to picked when a cancelled piece must be taken out, a bag leaves its shelf or ready is undone; back
    # to picking when a staged bag turns out missing and the customer is asked.
    "ready": frozenset({"picked", "picking", "collected", "cancelled", "expired"}),
    # Only the undo of a handoff leads back; a return never does.
    "collected": frozenset({"ready", "picked"}),
    # Only the undo of a handoff at which everything was refused leads back. A late fact about a closed order (a
    # pick, a found piece) becomes a put-back and never opens it again.
    "cancelled": frozenset({"ready", "picked"}),
    "expired": frozenset(),
}

RETURN_STATES = ("announced", "received", "inspected", "closed", "rejected", "cancelled", "expired")
RETURN_OPEN_STATES = frozenset({"announced", "received", "inspected"})

RETURN_MOVES: dict[str, frozenset[str]] = {
    "announced": frozenset({"received", "rejected", "cancelled", "expired"}),
    # Goods in our hands can no longer be cancelled or expire: they are inspected, or given back as rejected.
    "received": frozenset({"inspected", "rejected"}),
    "inspected": frozenset({"closed"}),
    # Goods that arrive after an end are a new walk-in return, so that quantities are guarded again.
    "closed": frozenset(),
    "rejected": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

TRANSFER_STATES = ("requested", "shipped", "received", "written_off", "turned_back", "cancelled")

TRANSFER_MOVES: dict[str, frozenset[str]] = {
    "requested": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"received", "written_off", "turned_back"}),
    # What did not arrive stays in transit until a person writes it off by name.
    "received": frozenset({"written_off"}),
    "written_off": frozenset(),
    "turned_back": frozenset(),
    "cancelled": frozenset(),
}

TASK_STATES = ("queued", "assigned", "done", "cancelled")

TASK_MOVES: dict[str, frozenset[str]] = {
    # A tablet that was offline may report the pick of a task that went back to the queue meanwhile.
    "queued": frozenset({"assigned", "done", "cancelled"}),
    "assigned": frozenset({"queued", "done", "cancelled"}),
    # The undo of a short pick, and "found it", ask for the piece again.
    "done": frozenset({"queued"}),
    "cancelled": frozenset(),
}

FLOOR_TASK_STATES = ("open", "done", "cancelled")

FLOOR_TASK_MOVES: dict[str, frozenset[str]] = {
    "open": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}


def may_move(moves: Moves, from_state: str, to_state: str) -> bool:
    """Say whether a machine allows the move; a move to the state it is in is allowed (double tap).

    Raises RuleProblem for a state that the table does not know.
    """
    for state in (from_state, to_state):
        if state not in moves:
            raise RuleProblem(f"There is no state {state!r}.", code="unknown_state")
    return from_state == to_state or to_state in moves[from_state]


@dataclass(frozen=True, slots=True)
class LineCounters:
    """The pieces of one order line, counted.

    ``open`` is still promised; ``picked`` is the part of it off the shelf; ``to_put_back`` was picked and is
    no longer wanted; ``substituted`` is the part of ``short`` that another line replaces; ``returned`` the
    part of ``collected`` that came back.
    """

    ordered: int
    open: int
    short: int
    cancelled: int
    collected: int
    picked: int
    to_put_back: int
    substituted: int = 0
    returned: int = 0

    @property
    def reserved(self) -> int:
        """Pieces that the stock figure ``reserved`` holds for this line."""
        return self.open + self.to_put_back

    def problems(self) -> list[str]:
        """List the broken invariants in words; an empty list means that the line adds up."""
        found = [f"{field.name} is below 0" for field in fields(self) if getattr(self, field.name) < 0]
        if self.ordered != self.open + self.short + self.cancelled + self.collected:
            found.append("ordered is not open + short + cancelled + collected")
        if self.picked > self.open:
            found.append("picked is more than open")
        if self.substituted > self.short:
            found.append("substituted is more than short")
        if self.returned > self.collected:
            found.append("returned is more than collected")
        return found


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """One package: how many open pieces it holds, whether it stands at its place, whether a piece must be
    taken out.
    """

    pieces: int
    staged: bool
    flagged: bool


def derive_order_state(
    lines: Sequence[LineCounters],
    packages: Sequence[PackageFacts],
    *,
    begun: bool,
    question_open: bool,
    expiry_closed_last: bool,
) -> str:
    """Derive the state of an order; everything is judged against the open pieces.

    ``packages`` are those that are still in the store. ``begun`` says that somebody started to fetch; an order
    that was ready once has begun for good. ``question_open`` says that the customer has a short pick to answer,
    ``expiry_closed_last`` that the last open pieces were closed by the hold deadline.
    """
    open_pieces = sum(line.open for line in lines)
    picked = sum(line.picked for line in lines)
    if open_pieces == 0:
        return _closed_state(lines, question_open=question_open, expiry_closed_last=expiry_closed_last)
    if picked < open_pieces:
        return "picking" if begun or picked > 0 else "received"
    if not question_open and _all_staged(packages, open_pieces):
        return "ready"
    return "picked"


def _closed_state(lines: Sequence[LineCounters], *, question_open: bool, expiry_closed_last: bool) -> str:
    if question_open:
        return "picking"
    if any(line.collected > 0 for line in lines):
        return "collected"
    return "expired" if expiry_closed_last else "cancelled"


def _all_staged(packages: Sequence[PackageFacts], open_pieces: int) -> bool:
    # An emptied package that nobody has to look into cannot stand anywhere, so it does not hold the order
    # back.
    counted = [package for package in packages if package.pieces > 0 or package.flagged]
    if sum(package.pieces for package in counted) != open_pieces:
        return False
    return all(package.staged and not package.flagged for package in counted)
