"""The rules, tested with plain values: these files read like the specification."""
