"""Which faces the app shows. Each one adds its own blueprints, so that this list stays a list."""

from __future__ import annotations

from flask_openapi3 import OpenAPI


def register(app: OpenAPI) -> None:
    """Put every face on `app`. The imports stand here because faces import the extensions that `app` binds."""
    from omni_pickup import api, board, customer, office, pages, visitors

    api.register_api(app)
    visitors.init_app(app)
    pages.init_app(app)
    for blueprint in (board.blueprint, office.blueprint, office.entrance, customer.blueprint):
        app.register_blueprint(blueprint)
