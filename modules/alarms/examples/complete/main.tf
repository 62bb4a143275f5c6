# A monolith and the service that half of its path goes to, with their table: a topic hears of it, and the page says who gets
# what. The target groups are made here, so that their ARNs are not known before the first apply.

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

resource "aws_vpc" "this" {
  cidr_block = "10.40.0.0/16"
}

resource "aws_lb_target_group" "this" {
  for_each = toset(["monolith", "reviews"])

  name        = "complete-${each.key}"
  vpc_id      = aws_vpc.this.id
  target_type = "ip"
  port        = 8080
  protocol    = "HTTP"
}

resource "aws_sns_topic" "on_call" {
  name = "complete-on-call"
}

module "alarms" {
  source = "../.."

  name              = "complete"
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef"
  cluster_name      = "shop"
  services = {
    monolith = {
      service_name  = "shop-monolith"
      min_tasks     = 2
      target_group  = { arn = aws_lb_target_group.this["monolith"].arn }
      canary_weight = 0
    }
    reviews = {
      service_name  = "shop-reviews"
      min_tasks     = 2
      target_group  = { arn = aws_lb_target_group.this["reviews"].arn }
      weight        = 50
      canary_weight = 10
    }
  }
  table_names        = ["shop-orders"]
  topic_arns         = [aws_sns_topic.on_call.arn]
  thresholds         = { target_5xx_percent = 0.5, p99_seconds = 0.8, minutes = 5 }
  container_insights = true

  tags = { Team = "shop" }
}

output "dashboard_name" {
  description = "Of the page."
  value       = module.alarms.dashboard_name
}
