"""How well promises were kept: the share, and by how much what happened differs from what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Calibration:
    """Some promises that have come due. Errors are minutes from the promise to ready; below 0 is early.

    Nine in ten were at most ``p90`` minutes after their promise. Without any promise there is no error.
    """

    promises: int
    kept: int
    median: float | None
    p90: float | None

    @property
    def share(self) -> float | None:
        """Kept ones of all, from 0 to 1."""
        return self.kept / self.promises if self.promises else None


def calibrate(errors: Sequence[float]) -> Calibration:
    """Return what the errors in minutes come to; a promise is kept when it was ready at its minute or before."""
    ranked = sorted(errors)
    return Calibration(len(ranked), sum(error <= 0 for error in ranked), _quantile(ranked, 0.5), _quantile(ranked, 0.9))


def _quantile(ranked: Sequence[float], share: float) -> float | None:
    """The nearest rank: a figure that really happened, and the middle one of three."""
    return ranked[max(0, ceil(share * len(ranked)) - 1)] if ranked else None
