"""Promises: the time that is told, the pace it is counted from, and the watch over whether it is kept."""
