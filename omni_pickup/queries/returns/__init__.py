"""Returns, what may still come back, and cartons."""
