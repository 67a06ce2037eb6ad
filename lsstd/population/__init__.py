"""Many subjects at once: tables, columns, impact, sweeps."""
