"""Programs that run in the environment of the checking tools, whose packages clash with ours: JSON in, JSON out."""
