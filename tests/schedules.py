"""Which tests one test process runs, so that a server, a browser or a world is made once for all that share it."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

_WORLD = (
    "tests/api/test_statement_counts.py",
    "tests/hostile/test_pages.py",
    "tests/security/test_matrix.py",
    "tests/test_markup.py",
)
#: What is shared, and by whom. All other files stand alone.
SHARED = {"the world": _WORLD, "a shop and a browser": ("tests/e2e/",)}


class BySharing(LoadScopeScheduling):
    """Hands out whole files, and files that share something together; in their order, which has the small ones last."""

    def _split_scope(self, nodeid: str) -> str:
        """The library's place to say what belongs together."""
        return home_of(nodeid.partition("::")[0])


def home_of(file: str) -> str:
    """What the tests of a file share, or the file itself."""
    return next((what for what, places in SHARED.items() if file.startswith(places)), file)
