# A role with which pull requests of a repository plan an environment, and change nothing.

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

module "plan" {
  source = "../.."

  name         = "blog-plan"
  repository   = "octo-org/blog"
  environments = ["plan"]
  access       = "read"
  system       = "blog"
  env          = "dev"
  state_bucket = "blog-tfstate-123456789012-us-east-1"
}

output "role_arn" {
  description = "For the variable AWS_PLAN_ROLE_ARN of the repository."
  value       = module.plan.role_arn
}
