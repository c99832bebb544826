"""What may go wrong at the command line without being a mistake in the program, each in one sentence."""

from __future__ import annotations

import click
from sqlalchemy.exc import DBAPIError

from omni_pickup.config import ConfigError
from omni_pickup.errors import OperationError
from omni_pickup.rules.problems import RuleProblem

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
FORESEEN = (click.ClickException, ConfigError, OperationError, RuleProblem, DBAPIError, OSError)


def sentence(error: BaseException) -> str:
    """The words for `error`; of a database error only the driver's words, not the statement with its values."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OperationError):
        return " ".join([error.message, *_places(error)])
    if isinstance(error, DBAPIError):
        return _database_sentence(str(error.orig).strip().splitlines()[0])
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    return str(error)


def _places(error: OperationError) -> list[str]:
    """The named fields of an error, unless it has one only, whose words are the message already."""
    found = error.details.get("errors") or []
    return [f"{one['pointer']}: {one['message']}" for one in found] if len(found) > 1 else []


def _database_sentence(words: str) -> str:
    if "no such table" in words or "does not exist" in words:
        return f"The database has no such schema yet ({words}). Run: omni db upgrade"
    if "full" in words:
        return f"The disk is full ({words}). Make room and try again; nothing was changed."
    return f"The database cannot be used: {words}."
