"""Reforms and editions: what changes in a standard, and what that does to answers."""
