"""Which PINs are too easy to guess for a tablet that anyone in the shop can reach."""

from __future__ import annotations

from omni_pickup.rules.sentences import sentence

MIN_DIGITS = 6
MAX_DIGITS = 12


def pin_weakness(pin: str) -> str | None:
    """Why `pin` may not be used, in one sentence, or None when it may."""
    if not (pin.isascii() and pin.isdigit()):
        return sentence("A PIN has digits only.")
    if not MIN_DIGITS <= len(pin) <= MAX_DIGITS:
        return sentence("A PIN has %(least)s to %(most)s digits.", least=MIN_DIGITS, most=MAX_DIGITS)
    if _is_run(pin):
        return sentence("Digits in a row, such as 123456, are the first that others try.")
    if _repeats(pin):
        return sentence("Repeated digits, such as 000000 or 121212, are the first that others try.")
    return None


def _is_run(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in zip(pin, pin[1:], strict=False)}
    return steps in ({1}, {9})


def _repeats(pin: str) -> bool:
    """Whether the PIN is a short block again and again, or made of two digits only."""
    blocks = any(pin == (pin[:size] * len(pin))[: len(pin)] for size in (1, 2, 3))
    return blocks or len(set(pin)) <= 2
