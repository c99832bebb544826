"""Named places at which a test may kill the process, to prove that nothing is lost or half done there.

Nothing is armed in normal use: `reach` is then one comparison with None.
"""

from __future__ import annotations

import os
import signal
import threading

_armed: tuple[str, int] | None = None
_seen = 0
_guard = threading.Lock()


def arm(spec: str | None) -> None:
    """Arm one point. `spec` is `name` or `name@n` (die at the n-th passage, counted from 1); None disarms."""
    global _armed, _seen  # noqa: PLW0603 - the switch belongs to the process, as the kill does.
    name, _, nth = (spec or "").rpartition("@")
    _seen = 0
    _armed = (name or nth, int(nth) if name else 1) if spec else None


def reach(name: str) -> None:
    """Die here by SIGKILL when this point is armed and this is its n-th passage."""
    global _seen  # noqa: PLW0603 - see above.
    if _armed is None or _armed[0] != name:
        return
    with _guard:
        _seen += 1
        if _seen == _armed[1]:
            os.kill(os.getpid(), signal.SIGKILL)
