"""What to do next: the cheapest way to a grade, and where a look on site pays."""
