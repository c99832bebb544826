"""Dying with the process that started us, even when it is killed without a chance to say so."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

#: prctl(2): the signal that the kernel sends to us when our parent dies.
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel for SIGTERM at the death of process `parent`; leave at once when it is dead already.

    The kernel's promise counts from the call on, so the parent is looked at afterwards.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(1)
