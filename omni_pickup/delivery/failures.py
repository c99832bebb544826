"""What a sender says when something could not be told."""

from __future__ import annotations

from datetime import timedelta


class TemporaryFailure(Exception):
    """It may succeed later. `asked` is the wait that the other side asked for, if it did."""

    def __init__(self, message: str, *, asked: timedelta | None = None) -> None:
        super().__init__(message)
        self.asked = asked


class PermanentFailure(Exception):
    """It would fail again however often it is tried."""


class NothingToTell(Exception):  # noqa: N818 - it is an outcome, not an error.
    """The message has no reader, or is no longer true; the words say why."""
