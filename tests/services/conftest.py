"""What tests of floor services start from."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from tests.floor import Shop, make_shop


@pytest.fixture
def shop(app: OpenAPI) -> Shop:
    return make_shop()
