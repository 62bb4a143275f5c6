# An API that only the VPC can call, with a sidecar: on ARM64 and mostly on Spot, with a password out of a secret in JSON, an alarm
# that ends a bad deployment, and ways out by name.

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
  description = "TCP port of the internal load balancer."
  type        = number
  default     = 80
}

locals {
  image = "public.ecr.aws/nginx/nginx:1.29"
  tags  = { Team = "shop-internal" }
}

module "network" {
  source = "../../../network"

  name       = "shop-internal"
  cidr_block = "10.31.0.0/16"
  nat_mode   = "single"
  zones = {
    us-east-1a = { public_cidr_block = "10.31.0.0/24", private_cidr_block = "10.31.10.0/24" }
    us-east-1b = { public_cidr_block = "10.31.1.0/24", private_cidr_block = "10.31.11.0/24" }
  }
}

module "alb" {
  source = "../../../alb"

  name                = "shop-internal"
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.private_subnet_ids
  internal            = true
  listener_port       = var.http_port
  ingress_cidr_blocks = { vpc = "10.31.0.0/16" }
  tags                = local.tags
}

resource "aws_ecs_cluster" "this" {
  name = "shop-internal"
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_secretsmanager_secret" "this" {
  name_prefix             = "shop-internal-"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = jsonencode({ user = "shop-internal", password = "only-an-example" })
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "shop-internal-errors"
  namespace           = "ApiOnly"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
}

module "api" {
  source = "../.."

  name           = "shop-api"
  container_name = "api"
  image          = local.image
  environment    = { LOG_LEVEL = "info" }
  secrets        = { PASSWORD = "${aws_secretsmanager_secret.this.arn}:password::" }
  tags           = local.tags

  # The agent is there before the first request is.
  dependencies = { agent = "HEALTHY" }
  sidecars = {
    agent = {
      image                  = local.image
      entry_point            = ["/bin/sh", "-c"]
      command                = ["exec sleep 86400"]
      memory_reservation_mib = 64
      health_check           = { command = ["CMD-SHELL", "true"], interval_seconds = 5 }
    }
  }

  readonly_root_filesystem = false
  cpu_units                = 512
  memory_mib               = 1024
  cpu_architecture         = "ARM64"

  cluster_arn                = aws_ecs_cluster.this.arn
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.private_subnet_ids
  capacity_provider_strategy = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { weight = 3 } }
  egress_rules               = { resolver = { port = 53, protocol = "udp", cidr_ipv4 = "10.31.0.2/32" } }

  listener_arn          = module.alb.listener_arn
  alb_security_group_id = module.alb.security_group_id
  open_alb_to_tasks     = true
  listener_rule         = { priority = 10, path_patterns = ["/*"] }

  deployment_alarms = { names = [aws_cloudwatch_metric_alarm.errors.alarm_name] }
  timeouts          = { create = "30m", update = "30m" }
  role_path         = "/shop-internal/"
  log_group_name    = "/shop/api"

  depends_on = [aws_ecs_cluster_capacity_providers.this, aws_secretsmanager_secret_version.this]
}

output "url" {
  description = "Where the API answers in the VPC."
  value       = "${module.alb.scheme}://${module.alb.host}/"
}
