"""Whole numbers in settings."""

from __future__ import annotations


def is_number(text: str) -> bool:
    """Whether it is a whole number of at most nine digits: Python refuses to read thousands of them."""
    return text.isascii() and text.isdigit() and len(text) <= 9
