"""Brings every catalogue up to what the program asks for, and compiles it. See docs/languages.md.

.venv/bin/python -m translations.write
"""

from __future__ import annotations

import sys

from translations.catalogues import OTHERS, domains


def main() -> int:
    """Write all catalogues; say what has to be translated, and answer 1 as long as something has."""
    missing = 0
    for domain in domains():
        template = domain.asked_for()
        for language in OTHERS:
            left = domain.write(language, template)
            missing += len(left)
            for text in left:
                print(f"{domain.po(language)}: {text}")  # noqa: T201 - a command speaks.
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
