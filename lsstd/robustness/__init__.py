"""How sure a score and a grade are, and what they depend on."""
