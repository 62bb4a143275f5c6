# A load balancer for everybody over HTTP, in a network of its own.

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

variable "http_port" {
  description = "TCP port of the listener."
  type        = number
  default     = 80
}

module "network" {
  source = "../../../network"

  name       = "minimal"
  cidr_block = "10.20.0.0/16"
  nat_mode   = "none"

  required_endpoints = [] # no tasks run here

  zones = {
    us-east-1a = { public_cidr_block = "10.20.0.0/24", private_cidr_block = "10.20.10.0/24" }
    us-east-1b = { public_cidr_block = "10.20.1.0/24", private_cidr_block = "10.20.11.0/24" }
  }
}

module "alb" {
  source = "../.."

  name          = "minimal"
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.public_subnet_ids
  listener_port = var.http_port
}

output "url" {
  description = "Where it answers."
  value       = "${module.alb.scheme}://${module.alb.host}"
}
