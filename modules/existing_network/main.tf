# A VPC that stands, and subnets in it, looked up and checked: each in that VPC and in the zone that it is said to be in.

data "aws_vpc" "this" {
  id = var.vpc_id
}

locals {
  # Keys are made of what the caller wrote, so that they are known where the ids are not yet.
  subnets = merge([
    for kind, ids in { public = var.public_subnet_ids, private = var.private_subnet_ids, isolated = var.isolated_subnet_ids } : {
      for zone, id in ids : "${kind} ${zone}" => { kind = kind, zone = zone, id = id }
    }
  ]...)
}

data "aws_subnet" "this" {
  for_each = local.subnets

  id = each.value.id

  lifecycle {
    postcondition {
      condition     = self.vpc_id == var.vpc_id
      error_message = "Subnet ${self.id} lies in ${self.vpc_id} and not in ${var.vpc_id}."
    }

    postcondition {
      condition     = contains([self.availability_zone, self.availability_zone_id], each.value.zone)
      error_message = "Subnet ${self.id} lies in ${self.availability_zone} (${self.availability_zone_id}) and not in ${each.value.zone}."
    }
  }
}
