"""Contradictions and gaps of a standard, found before the public finds them: rules on encoded standards and on text."""
