# A load balancer that answers one distribution of CloudFront and nobody else: its security group lets in CloudFront's
# addresses, and its rules ask for a header whose secret the distribution alone sends. Both secrets of the rotating key open
# the rules, so that a new one is taken to the distribution without an outage.

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

locals {
  origin_header = "X-Origin-Key"
}

module "network" {
  source = "../../../network"

  name       = "edge"
  cidr_block = "10.22.0.0/16"
  nat_mode   = "none"

  required_endpoints = [] # no tasks run here

  zones = {
    us-east-1a = { public_cidr_block = "10.22.0.0/24", private_cidr_block = "10.22.10.0/24" }
    us-east-1b = { public_cidr_block = "10.22.1.0/24", private_cidr_block = "10.22.11.0/24" }
  }
}

module "alb" {
  source = "../.."

  name            = "edge"
  vpc_id          = module.network.vpc_id
  subnet_ids      = module.network.public_subnet_ids
  listener_port   = var.http_port
  cloudfront_only = true
}

module "origin_key" {
  source = "../../../rotating_key"

  name        = "/edge/origin-key"
  description = "By which the load balancer knows its distribution"
}

data "aws_ssm_parameter" "origin_key" {
  for_each = { current = module.origin_key.current_name, other = module.origin_key.other_name }

  name = each.value

  # A key that is renewed is read after that, not before.
  depends_on = [module.origin_key]
}

# With fargate_service: http_headers = { (local.origin_header) = [both values] } in each of its rules.
resource "aws_lb_listener_rule" "health" {
  listener_arn = module.alb.listener_arn
  priority     = 10

  condition {
    path_pattern {
      values = ["/api/health"]
    }
  }

  condition {
    http_header {
      http_header_name = local.origin_header
      values           = [for key in data.aws_ssm_parameter.origin_key : key.value]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = jsonencode({ status = "ok" })
      status_code  = "200"
    }
  }
}

# The distribution is site_distribution's, with api_headers as below, or another one. It is not made here: the embedded AWS, to
# which the tests apply this, does not give back a distribution as it was asked for.

output "origin_headers" {
  description = "api_headers of site_distribution: what the distribution sends, and whoever has to call past it."
  value       = { (local.origin_header) = data.aws_ssm_parameter.origin_key["current"].value }
  sensitive   = true
}
