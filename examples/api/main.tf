# An API of another company for its partners: over HTTPS and by host names alone, on ARM64 and on Spot, with as many tasks as its
# load wants, in three zones without a NAT gateway. What its tasks pull and write goes by endpoints, and what they call by IPv6.

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

variable "image" {
  description = "What runs; null: tag 1.0 of the repository here. Without a NAT gateway it has to be in the account's own registry."
  type        = string
  default     = null
}

locals {
  name  = "partners"
  hosts = ["api.example.com", "*.partners.example.com"]
  tags  = { Team = "partners" }
}

module "network" {
  source = "../../modules/network"

  name       = local.name
  cidr_block = "10.33.0.0/16"
  nat_mode   = "none"
  ipv6       = true
  tags       = local.tags
  zones = {
    us-east-1a = { public_cidr_block = "10.33.0.0/24", private_cidr_block = "10.33.10.0/24" }
    us-east-1b = { public_cidr_block = "10.33.1.0/24", private_cidr_block = "10.33.11.0/24" }
    us-east-1c = { public_cidr_block = "10.33.2.0/24", private_cidr_block = "10.33.12.0/24" }
  }

  # Without secrets and parameters these are all that a task needs to start.
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs"]
}

resource "aws_acm_certificate" "this" {
  domain_name               = local.hosts[0]
  subject_alternative_names = slice(local.hosts, 1, length(local.hosts))
  validation_method         = "DNS"
  tags                      = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

module "alb" {
  source = "../../modules/alb"

  name               = local.name
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.public_subnet_ids
  ip_address_type    = "dualstack"
  listener_port      = var.https_port
  redirect_http_port = var.http_port
  certificate_arn    = aws_acm_certificate.this.arn
  tags               = local.tags
}

resource "aws_ecr_repository" "this" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
  tags                 = local.tags
}

resource "aws_ecs_cluster" "this" {
  name = local.name
  tags = local.tags
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

module "api" {
  source = "../../modules/fargate_service/autoscaled"

  name                     = "partners-api"
  container_name           = "api"
  image                    = coalesce(var.image, "${aws_ecr_repository.this.repository_url}:1.0")
  repository_arn           = aws_ecr_repository.this.arn
  cpu_architecture         = "ARM64"
  readonly_root_filesystem = false
  tags                     = local.tags

  desired_count = 2
  autoscaling = {
    min_capacity        = 2
    max_capacity        = 6
    cpu                 = { target = 60 }
    requests_per_target = { target = 900 }
  }

  cluster_arn                = aws_ecs_cluster.this.arn
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.private_subnet_ids
  capacity_provider_strategy = { FARGATE_SPOT = { weight = 1 } }
  egress_ipv6                = true

  listener_arn          = module.alb.listener_arn
  alb_security_group_id = module.alb.security_group_id
  open_alb_to_tasks     = true
  listener_rule         = { priority = 10, host_headers = local.hosts }
  log_group_name        = "/partners/api"

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "url" {
  description = "Where partners call it, once the host names lead there."
  value       = "https://${local.hosts[0]}/"
}
