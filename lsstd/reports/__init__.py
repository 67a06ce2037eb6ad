"""Reports: sections of a basis, rendered to one file that needs no network and carries what it was made from."""
