"""`python -m omni_pickup.cli`, which needs no console script on the path."""

from omni_pickup.cli import main

main()
