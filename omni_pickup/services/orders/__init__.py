"""Orders: taken in, changed, cancelled, expired, and answered for."""
