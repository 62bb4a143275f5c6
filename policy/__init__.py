"""``make check``: style, infrastructure, permissions and dependencies, each examined by the tools made for it."""
