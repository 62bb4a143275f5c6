"""Mysfits: what they are, how they are stored, and how a like is counted exactly once."""
