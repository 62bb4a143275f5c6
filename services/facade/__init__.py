"""Between services: the key and the client of the monolith's facade, and who stores a change."""
