"""What a tablet says after a command was done: a sentence, a way back for some seconds, or where to go next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from omni_pickup.board.addresses import wave_address

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
    words = _("%(number)s handed over", number=result["order"]["number"])
    return Answer(words, Undo("undo_hand_over", {"handoff": result["handoff"]["id"]}))


def _shorted(result: Result) -> Answer:
    undo = Undo("undo_short", {"short_pick": result["short_pick"]}) if result["short_pick"] else None
    return Answer(_("Noted. The customer is asked."), undo)


def _noted(words: str) -> Callable[[Result], Answer]:
    """`words` are marked for translation where the table names them, and translated for the reader of the answer."""
    return lambda _result: Answer(_(words))


_ANSWERS: Mapping[str, Callable[[Result], Answer]] = {
    "release_wave": _walk,
    "pick_now": _walk,
    "take_over_wave": _walk,
    "hand_over": _handed_over,
    "short": _shorted,
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
