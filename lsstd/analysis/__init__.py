"""Populations of subjects: scored at once, under one standard and another, over ranges of lines and thresholds."""
