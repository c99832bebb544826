"""The worker: whatever talks to the outside or waits."""
