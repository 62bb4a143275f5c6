"""Module and construct `existing_network`: a VPC that stands, by ids."""
