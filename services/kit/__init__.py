"""The web kit that every service is built on; it knows no domain."""
