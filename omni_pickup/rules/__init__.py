"""What is true of click-and-collect, whatever the database or the screen: pure Python.

States and their moves, opening hours, promises, waves, short picks, dispositions, verification, codes and
money. Nothing here imports another part of the package, reads the time (``now`` is always an argument) or
touches a file. What cannot be accepted raises :class:`omni_pickup.rules.problems.RuleProblem` in the words of
the reader.
"""
