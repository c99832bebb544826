"""The program's own source, read as trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from omni_pickup.config import ROOT

FACES = ("api", "board", "office", "customer")
Def = ast.FunctionDef | ast.AsyncFunctionDef


class Function(NamedTuple):
    """A function; `lines` counts from `def` to its last line, its docstring not included."""

    module: str
    name: str
    lines: int
    node: Def

    def __str__(self) -> str:
        return f"{self.module}:{self.name} has {self.lines} lines"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module's tree by its path below the package, such as `services/orders/orders.py`."""
    root = ROOT / "omni_pickup"
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text()) for path in sorted(root.rglob("*.py"))}


def functions() -> Iterator[Function]:
    """All of them, nested ones and methods too."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Def):
                yield Function(module, node.name, _length(node), node)


def _length(node: Def) -> int:
    first = node.body[0]
    is_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    doc = (first.end_lineno or 0) - first.lineno + 1 if is_doc else 0
    return (node.end_lineno or 0) - node.lineno + 1 - doc


def names_used(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name and dotted name that stands in the code, with its line: `os`, `os.environ`, `db.session.commit`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node), node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def templates() -> list[Path]:
    """Every page and fragment."""
    return sorted((ROOT / "templates").rglob("*.html"))
