# A worker of another company: nobody calls it, so it has no load balancer. It runs on ARM64 and on Spot, in a network of its own,
# and what prepares it reads one key of a secret in JSON.

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

locals {
  image = "public.ecr.aws/nginx/nginx:1.29"
}

module "network" {
  source = "../../modules/network"

  name       = "fleet"
  cidr_block = "10.32.0.0/16"
  nat_mode   = "single"
  zones = {
    us-east-1a = { public_cidr_block = "10.32.0.0/24", private_cidr_block = "10.32.10.0/24" }
    us-east-1b = { public_cidr_block = "10.32.1.0/24", private_cidr_block = "10.32.11.0/24" }
  }
}

resource "aws_ecs_cluster" "this" {
  name = "fleet"
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_secretsmanager_secret" "this" {
  name_prefix             = "fleet-"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = jsonencode({ user = "fleet", password = "only-an-example" })
}

module "worker" {
  source = "../../modules/fargate_service"

  name           = "fleet-worker"
  container_name = "worker"
  image          = local.image
  entry_point    = ["/bin/sh", "-c"]
  command        = ["exec sleep 86400"]

  # Runs once before each start, and its failure keeps the worker from starting.
  dependencies = { prepare = "SUCCESS" }
  sidecars = {
    prepare = {
      image       = local.image
      essential   = false
      entry_point = ["/bin/sh", "-c"]
      command     = ["test \"$PASSWORD\" = only-an-example && echo prepared"]
      secrets     = { PASSWORD = "${aws_secretsmanager_secret.this.arn}:password::" }
    }
  }

  cpu_architecture = "ARM64"
  desired_count    = 1

  cluster_arn                = aws_ecs_cluster.this.arn
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.private_subnet_ids
  capacity_provider_strategy = { FARGATE_SPOT = { weight = 1 } }
  log_group_name             = "/fleet/worker"
  tags                       = { Team = "fleet" }

  depends_on = [aws_ecs_cluster_capacity_providers.this, aws_secretsmanager_secret_version.this]
}
