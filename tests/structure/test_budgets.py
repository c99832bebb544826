"""The sizes that the house allows. Who needs more splits by noun."""

from __future__ import annotations

from omni_pickup import create_app
from omni_pickup.config import ROOT, Settings
from tests.structure.sources import FACES, functions, modules, templates

FUNCTION, LONGEST_FUNCTION, VIEW, FILE, TEMPLATE = 30, 60, 15, 300, 100
MOST_ARE_SHORT = 0.9


def test_nine_functions_in_ten_are_short_and_none_is_long() -> None:
    found = list(functions())
    assert len(found) > 100
    assert [str(one) for one in found if one.lines > LONGEST_FUNCTION] == []
    assert sum(one.lines <= FUNCTION for one in found) / len(found) >= MOST_ARE_SHORT


def test_views_only_translate_between_request_and_service(settings: Settings) -> None:
    app = create_app(settings)
    views = {
        (view.__module__, view.__name__)
        for view in (getattr(one, "__wrapped__", one) for one in app.view_functions.values())
        if any(view.__module__.startswith(f"omni_pickup.{face}") for face in (*FACES, "health"))
    }
    measured = {(f"omni_pickup.{one.module[:-3].replace('/', '.')}", one.name): one for one in functions()}
    assert len(views) > 10
    assert [str(measured[view]) for view in views if measured[view].lines > VIEW] == []


def test_no_file_is_long() -> None:
    counts = {module: (ROOT / "omni_pickup" / module).read_text().count("\n") for module in modules()}
    assert {module: lines for module, lines in counts.items() if lines > FILE} == {}


def test_no_template_is_long() -> None:
    counts = {path.name: path.read_text().count("\n") for path in templates()}
    assert {name: lines for name, lines in counts.items() if lines > TEMPLATE} == {}
