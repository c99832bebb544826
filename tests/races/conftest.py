"""One `omni serve` for all races."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Site, serving


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("races")) as site:
        yield site
