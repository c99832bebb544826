"""What a code for a place looks like, so that a place that does not exist is told from a bag's preprinted tag."""

from __future__ import annotations

import re
from collections.abc import Iterable


def place_pattern(codes: Iterable[str]) -> str:
    """A pattern, for Python and JavaScript alike, of codes like these: the same letters, with other digits.

    One digit more is still alike, because S-9 is followed by S-10. A place named by a number alone says nothing
    about what its neighbours are called, so it makes no pattern. The empty text when there is none.
    """
    return "|".join(sorted({_shape(code) for code in codes if re.search("[0-9]", code) and re.search("[A-Z]", code)}))


def _shape(code: str) -> str:
    """S-01 becomes S\\-[0-9]{1,3}."""
    parts = re.findall(r"[0-9]+|[^0-9]", code)
    return "".join(f"[0-9]{{1,{len(part) + 1}}}" if part[0] in "0123456789" else _literal(part) for part in parts)


def _literal(sign: str) -> str:
    return sign if sign.isalnum() or sign.isspace() or sign == "_" else f"\\{sign}"
