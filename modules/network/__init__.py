"""Module and construct `network`: the VPC."""
