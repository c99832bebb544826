"""The retailer's GS1 company prefix, with which parcels are numbered; set once by create_app, read by the services."""

from __future__ import annotations

_prefixes = {"usual": ""}


def configure(prefix: str) -> None:
    """Take the owner's setting over for this process: 4 to 12 digits that GS1 gave to the retailer."""
    _prefixes["usual"] = prefix


def usual() -> str:
    """The prefix for stores that have no other one."""
    return _prefixes["usual"]
