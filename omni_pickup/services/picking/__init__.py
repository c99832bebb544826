"""Picking: from the walk along the shelves to bags that stand at their place."""
