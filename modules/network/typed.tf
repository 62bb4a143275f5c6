# What callers give with attributes, in its types. A type would drop an attribute that it does not know without a word, so the
# variables take anything, and refuse what is not named here.

locals {
  # Attributes of the types in typed/variables.tf, those of an attribute of theirs after its name.
  known = {
    zone      = ["public_cidr_block", "private_cidr_block", "isolated_cidr_block"]
    flow_logs = ["traffic_type", "aggregation_seconds", "retention_days", "kms_key_arn", "permissions_boundary_arn", "role_path", "bucket", "bucket.arn"]
  }
}

module "typed" {
  source = "./typed"

  zones     = var.zones
  flow_logs = var.flow_logs
}
