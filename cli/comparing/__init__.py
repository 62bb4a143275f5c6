"""Comparing what two sides of a path answer to requests that visitors once sent, and recording those requests."""
