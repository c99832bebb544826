"""Writes a migration from what a database made by the existing migrations lacks.

    .venv/bin/python -m migrations.write REVISION "Sentence in the imperative"

Read what it wrote before you commit it: a changed CHECK is not noticed, and a renamed column looks like two changes.
"""

from __future__ import annotations

import sys

from sqlalchemy import create_engine

from omni_pickup import schemas


def main(rev_id: str, message: str) -> None:
    """Make an empty database in memory, bring it to the newest revision and write down the difference."""
    with create_engine("sqlite://").connect() as connection:
        schemas.run(connection, lambda _: None)
        schemas.write_revision(connection, message, rev_id=rev_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
