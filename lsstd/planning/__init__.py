"""What to do next: the cheapest way to a grade, where a look on site pays, the procedure's days."""
