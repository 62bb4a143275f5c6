"""What every service shares: one noun a module, and nothing that happens at import."""
