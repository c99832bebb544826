"""Stock: what is there, what is free, and whether the books agree."""
