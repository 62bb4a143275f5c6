"""The like service: what a like means to the business, cut out of the monolith."""
