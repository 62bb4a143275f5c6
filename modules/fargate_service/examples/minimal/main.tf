# A service behind a load balancer for everybody, in a network of its own.

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
  description = "TCP port of the load balancer."
  type        = number
  default     = 80
}

module "network" {
  source = "../../../network"

  name       = "shop"
  cidr_block = "10.30.0.0/16"
  nat_mode   = "single"
  zones = {
    us-east-1a = { public_cidr_block = "10.30.0.0/24", private_cidr_block = "10.30.10.0/24" }
    us-east-1b = { public_cidr_block = "10.30.1.0/24", private_cidr_block = "10.30.11.0/24" }
  }
}

module "alb" {
  source = "../../../alb"

  name          = "shop"
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.public_subnet_ids
  listener_port = var.http_port
}

resource "aws_ecs_cluster" "this" {
  name = "shop"
}

module "web" {
  source = "../.."

  name                     = "shop-web"
  container_name           = "web"
  image                    = "public.ecr.aws/nginx/nginx:1.29"
  readonly_root_filesystem = false
  cluster_arn              = aws_ecs_cluster.this.arn
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  listener_arn             = module.alb.listener_arn
  alb_security_group_id    = module.alb.security_group_id
  open_alb_to_tasks        = true
  listener_rule            = { priority = 100, path_patterns = ["/*"] }
  log_group_name           = "/shop/web"
}

output "url" {
  description = "Where it answers."
  value       = "${module.alb.scheme}://${module.alb.host}/"
}
