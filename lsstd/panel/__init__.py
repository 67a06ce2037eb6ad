"""Several parties, or several bases, side by side."""
