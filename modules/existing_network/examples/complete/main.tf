# A VPC of another team, zones by id, without public subnets and with isolated ones.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

# What the other team made.

locals {
  zones = {
    private-1  = { zone = "use1-az1", cidr_block = "10.33.10.0/24" }
    private-2  = { zone = "use1-az2", cidr_block = "10.33.11.0/24" }
    isolated-1 = { zone = "use1-az1", cidr_block = "10.33.20.0/24" }
    isolated-2 = { zone = "use1-az2", cidr_block = "10.33.21.0/24" }
  }
}

resource "aws_vpc" "theirs" {
  cidr_block = "10.33.0.0/16"
}

resource "aws_subnet" "theirs" {
  for_each = local.zones

  vpc_id               = aws_vpc.theirs.id
  availability_zone_id = each.value.zone
  cidr_block           = each.value.cidr_block
}

# What we are told of it.

module "network" {
  source = "../.."

  vpc_id              = aws_vpc.theirs.id
  private_subnet_ids  = { use1-az1 = aws_subnet.theirs["private-1"].id, use1-az2 = aws_subnet.theirs["private-2"].id }
  isolated_subnet_ids = { use1-az1 = aws_subnet.theirs["isolated-1"].id, use1-az2 = aws_subnet.theirs["isolated-2"].id }
}

output "isolated_subnet_ids" {
  description = "Where databases may run."
  value       = module.network.isolated_subnet_ids
}

output "cidr_block" {
  description = "Who may call from inside."
  value       = module.network.cidr_block
}
