"""Which faces the app shows. Each one adds its own blueprints, so that this list stays a list."""

from __future__ import annotations

from flask_openapi3 import OpenAPI


def register(app: OpenAPI) -> None:
    """Put every face on `app`. The imports stand here because faces import the extensions that `app` binds."""
    del app
