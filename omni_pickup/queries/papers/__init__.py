"""The facts of everything that is printed."""
