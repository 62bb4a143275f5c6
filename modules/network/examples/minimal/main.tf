# Two zones, whose private subnets share a NAT gateway.

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

module "network" {
  source = "../.."

  name       = "minimal"
  cidr_block = "10.30.0.0/16"
  zones = {
    us-east-1a = { public_cidr_block = "10.30.0.0/24", private_cidr_block = "10.30.10.0/24" }
    us-east-1b = { public_cidr_block = "10.30.1.0/24", private_cidr_block = "10.30.11.0/24" }
  }
}

output "private_subnet_ids" {
  description = "Where tasks may run."
  value       = module.network.private_subnet_ids
}
