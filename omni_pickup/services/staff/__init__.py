"""Staff and their tablets: people, secrets, sessions, devices, and limits on guessing."""
