"""Rendering processes live as long as the tests; the last one to go stops them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omni_pickup import keys
from omni_pickup.printing import renderers


@pytest.fixture(scope="package", autouse=True)
def rendering_processes() -> Iterator[None]:
    keys.configure("k" * 40, base_url="https://pickup.example")
    yield
    renderers.stop_renderers()
