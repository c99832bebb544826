"""One site for each test of the office."""

from __future__ import annotations

import pytest

from omni_pickup.config import Settings
from tests.sites import Site, make_site


@pytest.fixture
def site(settings: Settings) -> Site:
    return make_site(settings)
