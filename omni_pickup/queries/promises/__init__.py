"""What can be promised, what is expected, and what was kept."""
