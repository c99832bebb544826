"""Is there an order of events that explains what was seen? The search of Wing and Gong, with Lowe's memory.

Wing and Gong, "Testing and verifying concurrent objects" (1993); Lowe, "Testing for linearizability" (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened at one moment between `began` and `ended`, or, where `may_be_missing`, not at all."""

    began: float
    ended: float
    name: str
    #: The state after it, or None where it cannot have happened in that state.
    apply: Callable[[Hashable], Hashable | None]
    may_be_missing: bool = False


def unexplained(steps: Sequence[Step], begin: Hashable) -> list[str]:
    """Empty when some order of the steps explains all of them; else those at which the longest try got stuck."""
    steps = sorted(steps, key=lambda step: step.ended)
    needed = sum(1 << place for place, step in enumerate(steps) if not step.may_be_missing)
    tried: set[tuple[int, Hashable]] = set()
    stack: list[tuple[int, Hashable]] = [(0, begin)]
    longest, stuck = -1, [""]
    while stack:
        done, state = stack.pop()
        if done & needed == needed:
            return []
        if (done, state) in tried:
            continue
        tried.add((done, state))
        candidates = _candidates(steps, done)
        if done.bit_count() > longest:
            longest, stuck = done.bit_count(), [f"{steps[place].name} in state {state}" for place in candidates]
        # The one that ended first is tried first: it stands last on the stack.
        for place in reversed(candidates):
            after = steps[place].apply(state)
            if after is not None:
                stack.append((done | 1 << place, after))
    return stuck


def _candidates(steps: Sequence[Step], done: int) -> list[int]:
    """Steps that may be next: none that is still missing ended before they began."""
    horizon = next(
        (step.ended for place, step in enumerate(steps) if not step.may_be_missing and not done >> place & 1),
        float("inf"),
    )
    return [place for place, step in enumerate(steps) if not done >> place & 1 and step.began <= horizon]
