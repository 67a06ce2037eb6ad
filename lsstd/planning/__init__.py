"""What to do next: the procedure's days, and what stands between a base and its application."""
