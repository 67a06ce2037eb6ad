"""Showing results: in the terminal, as data frames, as charts, as reports. Views know results, never files."""
