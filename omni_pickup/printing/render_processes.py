"""What happens inside a rendering process: everything is loaded once, then each document is drawn within bounds.

The bounds are the kernel's (an alarm and a limit of the address space), because a loop inside Pango or a picture
that unfolds to gigabytes would never come back to Python to be told.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
from dataclasses import dataclass
from typing import Any

from omni_pickup.parents import die_with


@dataclass(frozen=True, slots=True)
class Bounds:
    """One document may take `seconds`, and the whole process's address space may be `bytes` large."""

    seconds: float = 10.0
    bytes: int = 512 * 1024 * 1024


#: A page whose content ends at the element of this id is cut there: paper from a roll has no fixed length.
END_OF_PAPER = "end-of-paper"
#: CSS pixels (1/96 inch) kept white below the end, so that the cutter does not reach the last line: 8 mm.
ROLL_MARGIN = 30.0


class Unprintable(Exception):  # noqa: N818 - it crosses the border between processes with its sentence alone.
    """The document asks for a part that cannot be shown; the only argument says which."""


class NoPango(Exception):  # noqa: N818 - as above.
    """The system lacks a library; the only argument names it."""


class _Complaints(logging.Handler):
    """Collects WeasyPrint's errors: it reports a broken picture to its log and draws a hole in its place."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(record.getMessage())


class _Press:
    """WeasyPrint with our fonts and style sheets, parsed once for a process."""

    def __init__(self) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        from omni_pickup.printing.bundled_files import BundledFiles

        self.weasyprint = weasyprint
        self.files = BundledFiles()
        self.fonts = FontConfiguration()
        self.sheets: dict[str, Any] = {}
        self.complaints = _Complaints()
        logging.getLogger("weasyprint").addHandler(self.complaints)

    def sheet(self, name: str) -> Any:
        """The parsed style sheet `static/css/<name>.css`."""
        if name not in self.sheets:
            self.sheets[name] = self.weasyprint.CSS(
                url=f"bundled:css/{name}.css", url_fetcher=self.files, font_config=self.fonts
            )
        return self.sheets[name]

    def draw(self, html: str, stylesheets: tuple[str, ...]) -> bytes:
        """One document as PDF. Raises PartRefused, Unprintable."""
        self.complaints.sentences.clear()
        sheets = [self.sheet(name) for name in stylesheets]
        page_source = self.weasyprint.HTML(string=html, url_fetcher=self.files)
        document = page_source.render(stylesheets=sheets, font_config=self.fonts)
        for page in document.pages:
            if END_OF_PAPER in page.anchors:
                page.height = min(page.height, page.anchors[END_OF_PAPER][1] + ROLL_MARGIN)
        if _has_attachments(document):
            raise Unprintable("attachments do not belong on paper")
        pdf: bytes = document.write_pdf()
        if self.complaints.sentences:
            raise Unprintable(self.complaints.sentences[0][:300])
        return pdf


def _has_attachments(document: Any) -> bool:
    linked = any(link[0] == "attachment" for page in document.pages for link in page.links)
    return linked or bool(document.metadata.attachments)


_press: list[_Press] = []


def prepare(parent: int, stylesheets: tuple[str, ...], bounds: Bounds) -> None:
    """Runs first in a new process: load, warm up, then draw the bounds. `parent` is who must outlive us."""
    die_with(parent)
    # Ctrl-C goes to everybody at the terminal; the parent decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The kernel's own answer to an alarm is the end of the process, which no C code can put off.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        _press.append(_Press())
    except OSError:
        # Told by the first document: an exception here would only say that the pool is broken.
        return
    for name in stylesheets:
        _press[0].sheet(name)
    _press[0].draw("<p>Warm ąåß</p>", stylesheets[:1])
    resource.setrlimit(resource.RLIMIT_AS, (bounds.bytes, bounds.bytes))


def whoami() -> int:
    """The process's id; answers only when `prepare` is done."""
    return os.getpid()


def draw(html: str, stylesheets: tuple[str, ...], bounds: Bounds) -> bytes:
    """One document as PDF. Raises NoPango, Unprintable, MemoryError; the process pays a late one with its life."""
    if not _press:
        raise NoPango
    from omni_pickup.printing.bundled_files import PartRefused

    signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
    try:
        return _press[0].draw(html, stylesheets)
    except PartRefused as refused:
        raise Unprintable(str(refused)) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
