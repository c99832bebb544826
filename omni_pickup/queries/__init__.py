"""The reads for screens and machines; they change nothing."""
