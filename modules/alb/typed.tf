# What callers give with attributes, in its types. A type would drop an attribute that it does not know without a word, so the
# variables take anything, and refuse what is not named here.

locals {
  # Attributes of the types in typed/variables.tf, those of an attribute of theirs after its name.
  known = {
    logs = ["bucket", "prefix"]
  }
}

module "typed" {
  source = "./typed"

  access_logs     = var.access_logs
  connection_logs = var.connection_logs
}
