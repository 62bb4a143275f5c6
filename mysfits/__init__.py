"""Our system: what the tools need to know of the mysfits. Nothing else of the toolkit knows them."""
