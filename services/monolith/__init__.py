"""The monolith: list and profiles, likes and adoptions, and the facade for what has moved out."""
