"""The adoption service: what an adoption means to the business, cut out of the monolith."""
