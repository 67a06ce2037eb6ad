"""Reports: a papermill notebook, executed and turned into one file that needs no network."""
