"""Forms without a browser: what a page shows, what was typed, what came of it, where it is kept; plain values only."""
