"""What there is to pick, in which order, and where its bags wait."""
