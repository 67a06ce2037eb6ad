"""One assessment under one standard, in exact numbers: facts, rows, tree, grades, and where each number comes from."""
