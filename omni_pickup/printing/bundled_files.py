"""The only files that a document may show: those that came with the program, under `static/`.

Runs in the rendering process. Everything else (http, file, data, attachments, imports) stops the rendering with
its address, so that stored text can neither reach the network nor read the machine's files.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from omni_pickup.config import ROOT

STATIC = ROOT / "static"
#: The scheme is our own, so that no address from outside can ever mean one of our files.
SCHEME = "bundled:"


class PartRefused(FatalURLFetchingError):  # type: ignore[misc] # WeasyPrint carries no types.
    """Stops the rendering; its only argument says what could not be shown."""


class BundledFiles(URLFetcher):  # type: ignore[misc] # As above.
    """Serves `bundled:demo/mug-blue.svg` from `static/demo/mug-blue.svg`."""

    def __init__(self, folder: Path = STATIC) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The file behind `url`. Raises PartRefused, which WeasyPrint does not catch."""
        del headers  # Files have no use for them.
        if not url.startswith(SCHEME):
            raise PartRefused(f"{url[:200]} is not a file that came with the program")
        path = (self._folder / unquote(url.removeprefix(SCHEME))).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise PartRefused(f"{url.removeprefix(SCHEME)[:200]} is missing")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})
