"""The ELBv2 API refuses what AWS refuses, with AWS's code and, where it is known, its message."""
