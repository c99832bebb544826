"""What only one room may do, is done nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from omni_pickup.config import ROOT
from tests.structure.sources import modules, names_used, templates

ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
TIME = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"),
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep"),
    *("time.gmtime", "time.localtime"),
}
#: Modules whose names say nothing and attract everything.
EMPTY_WORDS = {"utils", "util", "helpers", "common", "misc", "base_service", "managers"}
#: A style or script element with words in it, a style or handler on a tag, an address that is a script.
_STOPPED = re.compile(r"<style|<script>|<\w[^>{]*\s(?:style|on\w+|hx-on[:\w-]*)=|javascript:")


def _users(names: set[str], *, allowed: Callable[[str], bool]) -> list[str]:
    return [
        f"{module}:{line} {name}"
        for module, tree in modules().items()
        if not allowed(module)
        for name, line in names_used(tree)
        if name in names
    ]


def test_only_config_reads_the_environment() -> None:
    assert _users(ENVIRONMENT, allowed=lambda module: module == "config.py") == []
    assert _users(ENVIRONMENT, allowed=lambda _: False) != []


def test_only_clock_reads_the_time() -> None:
    assert _users(TIME, allowed=lambda module: module == "clock.py") == []
    assert _users(TIME, allowed=lambda _: False) != []


def test_only_commands_print() -> None:
    assert _users({"print"}, allowed=lambda module: module.startswith("cli/")) == []


@pytest.mark.parametrize("room", ["services", "queries", "rules"])
def test_the_core_neither_commits_nor_opens_a_transaction(room: str) -> None:
    inside = [tree for module, tree in modules().items() if module.startswith(f"{room}/")]
    assert len(inside) > 5
    forbidden = {"db.session.commit", "session.commit", "transaction", "omni_pickup.models.transaction"}
    used = {name for tree in inside for name, _ in names_used(tree)}
    assert used & forbidden == set()


def test_queries_change_nothing() -> None:
    forbidden = {"db.session.add", "db.session.add_all", "db.session.delete", "db.session.merge", "insert", "update"}
    found = {
        f"{module}:{name}"
        for module, tree in modules().items()
        if module.startswith("queries/")
        for name, _ in names_used(tree)
        if name in forbidden
    }
    assert found == set()


def test_no_module_has_an_empty_word_for_a_name() -> None:
    words = {part.removesuffix(".py") for module in modules() for part in module.split("/")}
    assert words & EMPTY_WORDS == set()


def test_nothing_is_left_for_later_or_swallowed() -> None:
    marks = ("TODO", "FIXME", "XXX", "or True")
    found = [
        f"{module}: {mark}"
        for module in modules()
        for mark in marks
        if mark in (ROOT / "omni_pickup" / module).read_text()
    ]
    assert found == []
    bare = [
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(one, ast.Pass) for one in node.body)
    ]
    assert bare == []


def test_pages_hold_no_script_or_style_that_the_policy_would_stop() -> None:
    """Letters and papers are no pages: mail programs read only such styles, and paper has no policy."""
    pages = [path for path in templates() if path.parent.name not in ("mail", "print")]
    assert len(pages) > 3
    assert len(_STOPPED.findall('<p class="x" style="y"><style>b</style><script>x</script><a onclick="">')) == 4
    for path in pages:
        assert _STOPPED.findall(path.read_text()) == [], path.name


def test_only_our_own_drawings_go_into_pages_unescaped() -> None:
    """`icons.html` draws shapes that stand in that file; everything else may be what a customer typed."""
    unescaped = {path.name for path in templates() if "|safe" in path.read_text().replace(" ", "")}
    assert unescaped <= {"icons.html"}
