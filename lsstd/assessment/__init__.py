"""What a base says, and whether a standard has a place for it."""
