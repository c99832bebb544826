"""Measurements, each one command: `.venv/bin/python -m benchmarks.intake`."""
