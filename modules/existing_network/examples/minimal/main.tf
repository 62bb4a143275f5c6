# A VPC of another team, with a public and a private subnet in each of two zones.

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
    public-a  = { zone = "us-east-1a", cidr_block = "10.32.0.0/24" }
    public-b  = { zone = "us-east-1b", cidr_block = "10.32.1.0/24" }
    private-a = { zone = "us-east-1a", cidr_block = "10.32.10.0/24" }
    private-b = { zone = "us-east-1b", cidr_block = "10.32.11.0/24" }
  }
}

resource "aws_vpc" "theirs" {
  cidr_block = "10.32.0.0/16"
}

resource "aws_subnet" "theirs" {
  for_each = local.zones

  vpc_id            = aws_vpc.theirs.id
  availability_zone = each.value.zone
  cidr_block        = each.value.cidr_block
}

# What we are told of it.

module "network" {
  source = "../.."

  vpc_id             = aws_vpc.theirs.id
  public_subnet_ids  = { us-east-1a = aws_subnet.theirs["public-a"].id, us-east-1b = aws_subnet.theirs["public-b"].id }
  private_subnet_ids = { us-east-1a = aws_subnet.theirs["private-a"].id, us-east-1b = aws_subnet.theirs["private-b"].id }
}

output "private_subnet_ids" {
  description = "Where tasks may run."
  value       = module.network.private_subnet_ids
}
