"""What must be known to give goods away."""
