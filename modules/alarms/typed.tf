# What callers give with attributes, in its types. A type would drop an attribute that it does not know without a word, so the
# variables take anything, and refuse what is not named here.

locals {
  # Attributes of the types in typed/variables.tf, those of an attribute of theirs after its name.
  known = {
    service    = ["service_name", "min_tasks", "target_group", "target_group.arn", "weight", "canary_weight"]
    thresholds = ["target_5xx_percent", "elb_5xx_per_minute", "p99_seconds", "throttles_per_minute", "min_requests", "minutes"]
  }
}

module "typed" {
  source = "./typed"

  services   = var.services
  thresholds = var.thresholds
}
