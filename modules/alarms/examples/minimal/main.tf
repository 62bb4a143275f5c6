# A worker without a load balancer of its own behind one that others share: is it there?

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

module "alarms" {
  source = "../.."

  name              = "minimal"
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
  cluster_name      = "shared"
  services          = { mailer = { service_name = "mailer", min_tasks = 1 } }
}

output "alarm_names" {
  description = "By what they watch."
  value       = module.alarms.alarm_names
}
