"""A Flask app that draws a page of 50 rows from data in memory, on the same server with the same settings.

python -m benchmarks.bare_board PORT
"""

from __future__ import annotations

import sys

from flask import Flask, render_template_string

from benchmarks.bare import BareServer

_PAGE = """<!doctype html><title>Board</title><ul>
{% for row in rows %}<li id="pick-{{ row.number }}"><a href="/orders/{{ row.number }}"><b>{{ row.number }}</b>
<span>{{ row.minutes }} min</span> <span>{{ row.name }}</span> <span>{{ row.pieces }} pieces</span>
{% for flag in row.flags %}<span class="chip">{{ flag }}</span>{% endfor %}</a></li>
{% endfor %}</ul>
"""
_ROWS = [
    {"number": 100_000 + n, "minutes": n, "name": "Nowak A.", "pieces": n % 4 + 1, "flags": ["Chilled", "Gift"]}
    for n in range(50)
]


class BareBoard(BareServer):
    """gunicorn as `omni web` runs it, around that page."""

    def load(self) -> Flask:
        app = Flask("bare_board")

        @app.get("/board/")
        def show_board() -> str:
            return render_template_string(_PAGE, rows=_ROWS)

        return app


if __name__ == "__main__":
    BareBoard(int(sys.argv[1]), None).run()
