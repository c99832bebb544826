"""What a tablet says after a command was done: a sentence, a way back for some seconds, or where to go next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from omni_pickup.board.addresses import (
    board_address,
    handoff_address,
    handoff_elsewhere_address,
    returns_address,
    staging_address,
    wave_address,
)
from omni_pickup.board.visits import read_visit

#: Seconds in which the tablet offers the way back.
UNDO_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Undo:
    """The command that takes the last one back."""

    kind: str
    fields: Mapping[str, Any]
    seconds: int = UNDO_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """`result` is the service's own; the rest is for people."""

    says: str = ""
    undo: Undo | None = None
    go: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What scripts read."""
        undo = self.undo and {"kind": self.undo.kind, "fields": dict(self.undo.fields), "seconds": self.undo.seconds}
        return {"says": self.says, "undo": undo, "go": self.go, "result": dict(self.result)}


Result = Mapping[str, Any]


def answer_to(kind: str, result: Result) -> Answer:
    """The answer to a command that was done; one without words of its own is seen on the screen itself."""
    speak = _ANSWERS.get(kind)
    given = Answer() if speak is None else speak(result)
    return Answer(given.says, given.undo, given.go, result)


def _walk(result: Result) -> Answer:
    return Answer(go=wave_address(result["wave"]["id"]))


def _handed_over(result: Result) -> Answer:
    """What was given is done with: the board shows who is next."""
    words = {
        "collected": _("%(number)s handed over", number=result["order"]["number"]),
        "partly": _("%(number)s handed over in part", number=result["order"]["number"]),
        "refused": _("%(number)s refused, to be put back", number=result["order"]["number"]),
    }[result["handoff"]["result"]]
    return Answer(words, Undo("undo_hand_over", {"handoff": result["handoff"]["id"]}), board_address())


def _handoff_undone(result: Result) -> Answer:
    words = _("%(number)s is ours again, its bags at their places", number=result["order"]["number"])
    return Answer(words, go=handoff_address(result["order"]["id"]))


def _nobody_came(_result: Result) -> Answer:
    return Answer(_("Noted: nobody came. The bags go on waiting."), go=board_address())


def _not_here(result: Result) -> Answer:
    words = _("Bag %(n)s is searched for. It is on the list To do.", n=result["package"]["number"])
    return Answer(words, go=handoff_address(result["order"]["id"]))


def _taken(result: Result) -> Answer:
    """Whoever says "I'll take it" stands before the customer next, or bags what is picked before."""
    order = result["order"]
    ways = {"ready": handoff_address, "picked": staging_address}
    return Answer(go=ways[order["state"]](order["id"]) if order["state"] in ways else None)


def _code_found(result: Result) -> Answer:
    """To the order with its code proved, or to the words about the store where it is."""
    if result["right"]:
        return Answer(go=handoff_address(result["order"]["id"]))
    if result["elsewhere"]:
        return Answer(go=handoff_elsewhere_address(result["elsewhere"], ready=result["ready"]))
    return Answer()


def _shorted(result: Result) -> Answer:
    if result["task"]["state"] == "queued":
        return Answer(_("Put off. It comes back with a later walk."))
    undo = Undo("undo_short", {"short_pick": result["short_pick"]}) if result["short_pick"] else None
    return Answer(_("Noted. The customer is asked."), undo)


def _to_the_bags(result: Result) -> Answer:
    return Answer(go=staging_address(wave=result["wave"]["id"]))


def _staged(result: Result) -> Answer:
    """Only the last bag is worth a sentence; the others are seen turning green."""
    order = result["order"]
    if order["state"] != "ready":
        return Answer()
    words = _("%(number)s is ready. The customer is told.", number=order["number"])
    return Answer(words, Undo("undo_ready", {"order": order["id"]}))


def _on_the_counter(result: Result) -> Answer:
    """The new return beside those that are on the counter already."""
    visit = read_visit(f"{result['visit']},{result['return']['rma_number']}")
    number, position = result["return"]["rma_number"], result["line"]["position"]
    return Answer(go=visit.address(line=f"{number}-{position}") if result["look_at"] else visit.address())


def _called_off(_result: Result) -> Answer:
    return Answer(_("Called off. Nothing was taken in."), go=returns_address())


def _noted(words: str) -> Callable[[Result], Answer]:
    """`words` are marked for translation where the table names them, and translated for the reader of the answer."""
    return lambda _result: Answer(_(words))


_ANSWERS: Mapping[str, Callable[[Result], Answer]] = {
    "release_wave": _walk,
    "pick_now": _walk,
    "take_over_wave": _walk,
    "hand_over": _handed_over,
    "undo_hand_over": _handoff_undone,
    "nobody_came": _nobody_came,
    "not_here": _not_here,
    "take": _taken,
    "find_code": _code_found,
    "short": _shorted,
    "finish_wave": _to_the_bags,
    "stage": _staged,
    "propose": _noted("Offered to the customer."),
    "pull_out": _noted("Pulled out. What was not fetched is in the queue again."),
    "open_walk_in": _on_the_counter,
    "cancel_return": _called_off,
    "restock_piece": _noted("On the shelf, and in the books."),
    "close_parcel": _noted("Closed. Print its label."),
    "check_in": _noted("The customer is on the Waiting list."),
    "cancel_order": _noted("The order is cancelled."),
    "resend": _noted("The message is sent again."),
    "put_back": _noted("Put back."),
    "count": _noted("Counted."),
    "found": _noted("Found, thank you."),
    "claim_task": _noted("It is yours."),
    "release_task": _noted("Given back for anybody."),
    "hand_over_work": _noted("Your work is handed over."),
    "ship_transfer": _noted("Sent on its way."),
    "receive_transfer": _noted("Counted in."),
}
