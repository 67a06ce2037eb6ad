"""Excel and Word: what goes out to fill in, and comes back."""
