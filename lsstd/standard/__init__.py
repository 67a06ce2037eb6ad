"""What the paper says: the models of a standard, its rules and bands, its checks."""
