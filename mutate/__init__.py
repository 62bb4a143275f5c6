"""``make mutate``: how many small mutations of the code the unit tests notice."""
