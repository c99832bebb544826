"""Why a document was not printed."""

from __future__ import annotations

from omni_pickup.errors import OperationError


class PrintingFailed(OperationError):
    """The renderer died, ran out of time or memory, or cannot start; asking again may help."""

    code = "printing_failed"
    status = 503
    title = "The document could not be printed"
    retry_after: int | None = 5


class PrintingBusy(PrintingFailed):
    """Every renderer is at work; no state waits for paper, so nothing is lost by asking again."""

    code = "printing_busy"
    title = "All printing is busy, please try again"
    retry_after = 2


class PartMissing(PrintingFailed):
    """A picture, barcode, font or file that the document asks for cannot be drawn; `part` names it.

    Printing again does not help: a sheet with a hole where a picture belongs is worse than none.
    """

    code = "printing_part_missing"
    status = 409
    title = "A part of the document is missing"
    retry_after = None
