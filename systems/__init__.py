"""A system as frozen values that every tool takes: services, stages, tables, seed data, site and traffic."""
