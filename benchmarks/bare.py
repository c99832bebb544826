"""A Flask app that does nothing but read and write JSON, on the same server with the same settings.

python -m benchmarks.bare PORT ANSWER.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication

from omni_pickup.addresses import Address
from omni_pickup.config import load_settings
from omni_pickup.web_servers import options


class BareServer(BaseApplication):  # type: ignore[misc] # gunicorn brings no types.
    """gunicorn as `omni web` runs it, around an app of one route."""

    def __init__(self, port: int, answer: Any) -> None:
        self._options = options(load_settings(), Address("127.0.0.1", port, None, None), workers=1)
        self._answer = answer
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = Flask("bare")

        @app.post("/api/v1/orders")
        def create_order() -> Response:
            request.get_json()
            return Response(json.dumps(self._answer), 201, content_type="application/json")

        return app


if __name__ == "__main__":
    BareServer(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())).run()
