"""How Hypothesis runs here."""

from __future__ import annotations

from hypothesis import settings

# A machine that is shared with other tests misses a deadline in milliseconds without anything being wrong.
settings.register_profile("shared_machine", deadline=None)
settings.load_profile("shared_machine")
