"""Short codes and names that people read to each other across a counter."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

# Without every sign that has a twin in print, in handwriting or by ear (0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V),
# and without A and E, so that no code spells a word.
PICKUP_ALPHABET = "CDFGHJKMNPQRTVWXY34679"
# Six of 22 signs are 26.7 bits, above the 20 that are asked.
PICKUP_CODE_LENGTH = 6

# Eight signs are 35.7 bits: nobody guesses one of them within the quarter of an hour that it lives.
ENROLMENT_CODE_LENGTH = 8

_NAME_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
# Letters that Unicode does not decompose into a base letter and an accent.
_BASE_LETTERS = str.maketrans({"Ł": "L", "Ø": "O", "Đ": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH", "ẞ": "SS", "İ": "I"})


def new_pickup_code(choose: Callable[[Sequence[str]], str]) -> str:
    """Return a new pickup code; ``choose`` draws one element, such as ``secrets.choice``."""
    return "".join(choose(PICKUP_ALPHABET) for _ in range(PICKUP_CODE_LENGTH))


def enrolment_code_of(drawn: bytes) -> str:
    """Return the code that random bytes stand for; 16 of them or more favour no sign."""
    number, signs = int.from_bytes(drawn, "big"), []
    for _ in range(ENROLMENT_CODE_LENGTH):
        number, place = divmod(number, len(PICKUP_ALPHABET))
        signs.append(PICKUP_ALPHABET[place])
    return "".join(signs)


def normalise_pickup_code(text: str) -> str:
    """Return what was typed as it would be stored: upper case, without blanks and marks, any script's digits
    as 0-9.
    """
    signs = (_plain_digit(sign) for sign in unicodedata.normalize("NFKC", text).upper())
    return "".join(sign for sign in signs if sign.isalnum())


def bag_code(order_number: str, surname: str) -> str:
    """Return what stands large on a bag: the last 4 signs of the order number and 3 letters of the surname.

    ``0042-NOW``. Latin letters lose their accents, because label printers' fonts lack them; other scripts
    stay. Without letters only the number's part is left.
    """
    number = "".join(sign for sign in order_number if sign.isalnum())[-4:].upper()
    letters = "".join(sign for sign in _plain(surname) if sign.isalpha())[:3]
    return "-".join(part for part in (number, letters) if part)


def surname(name: str) -> str:
    """Return the part of a name by which people are called up: the last word, or what stands before a comma."""
    return _called(name)[0]


def short_name(name: str) -> str:
    """Return a name as a screen in a shop may show it: ``Ada Nowak`` is ``Nowak A.``."""
    last, others = _called(name)
    return f"{last} {others[0][0]}." if others else last


def _called(name: str) -> tuple[str, list[str]]:
    """Return the surname and the other words of a name, written ``Ada Nowak`` or ``Nowak, Ada``."""
    before, _, after = name.partition(",")
    if before.strip() and _without_suffixes(after):
        return before.split()[-1], _without_suffixes(after)
    words = _without_suffixes(name.replace(",", " "))
    return (words[-1], words[:-1]) if words else ("", [])


def _without_suffixes(text: str) -> list[str]:
    return [word for word in text.split() if word.rstrip(".").lower() not in _NAME_SUFFIXES]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.upper().translate(_BASE_LETTERS))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _plain_digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
