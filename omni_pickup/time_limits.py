"""How long people have to undo and to answer; set once by create_app, read by the services."""

from __future__ import annotations

from datetime import timedelta

_limits = {"undo": timedelta(minutes=10), "question": timedelta(minutes=120)}


def configure(*, undo_minutes: int, question_minutes: int) -> None:
    """Take the owner's settings over for this process."""
    _limits["undo"] = timedelta(minutes=undo_minutes)
    _limits["question"] = timedelta(minutes=question_minutes)


def undo() -> timedelta:
    """For so long after the act it can be taken back."""
    return _limits["undo"]


def question() -> timedelta:
    """So much time of open hours the customer has to choose before the default applies."""
    return _limits["question"]
