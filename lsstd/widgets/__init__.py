"""What moves in a notebook: small forms of ipywidgets over the package's own functions."""
