# A load balancer for an office and for partners, over HTTPS with a certificate for each of two names. What it does goes to a
# bucket, and so does each flow in its network.

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

variable "https_port" {
  description = "TCP port of the listener."
  type        = number
  default     = 443
}

variable "http_port" {
  description = "TCP port from which clients are sent on to HTTPS."
  type        = number
  default     = 80
}

locals {
  names = { shop = "shop.example", api = "api.example" }
}

module "network" {
  source = "../../../network"

  name       = "complete"
  cidr_block = "10.21.0.0/16"
  nat_mode   = "none"

  required_endpoints = [] # no tasks run here
  flow_logs          = { bucket = { arn = aws_s3_bucket.logs.arn } }

  zones = {
    us-east-1a = { public_cidr_block = "10.21.0.0/24", private_cidr_block = "10.21.10.0/24" }
    us-east-1b = { public_cidr_block = "10.21.1.0/24", private_cidr_block = "10.21.11.0/24" }
  }
}

resource "aws_acm_certificate" "this" {
  for_each = local.names

  domain_name       = each.value
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ec2_managed_prefix_list" "partners" {
  name           = "partners"
  address_family = "IPv4"
  max_entries    = 5

  entry {
    cidr        = "198.51.100.0/24"
    description = "A partner"
  }
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "complete-alb-logs-"
  force_destroy = true
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = data.aws_iam_policy_document.logs.json
}

module "alb" {
  source = "../.."

  name       = "complete"
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.public_subnet_ids

  ingress_cidr_blocks     = { office = "203.0.113.0/24" }
  ingress_prefix_list_ids = { partners = aws_ec2_managed_prefix_list.partners.id }

  listener_port               = var.https_port
  redirect_http_port          = var.http_port
  certificate_arn             = aws_acm_certificate.this["shop"].arn
  additional_certificate_arns = { api = aws_acm_certificate.this["api"].arn }
  ssl_policy                  = "ELBSecurityPolicy-TLS13-1-3-2021-06"

  access_logs            = { bucket = aws_s3_bucket.logs.bucket, prefix = "requests" }
  connection_logs        = { bucket = aws_s3_bucket.logs.bucket, prefix = "connections" }
  desync_mitigation_mode = "strictest"

  tags = { Team = "shop" }

  depends_on = [aws_s3_bucket_policy.logs]
}

output "url" {
  description = "Where it answers."
  value       = "${module.alb.scheme}://${module.alb.host}"
}
