# Two roles for a repository: its pull requests plan, and its main branch deploys when reviewers have approved.

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

  name         = "shop-production-plan"
  repository   = "octo-org/shop"
  environments = ["plan"]
  access       = "read"
  system       = "shop"
  env          = "production"
  state_bucket = "shop-tfstate-123456789012-us-east-1"
}

module "deploy" {
  source = "../.."

  name         = "shop-production-deploy"
  repository   = "octo-org/shop"
  environments = ["production"]
  access       = "deploy"
  system       = "shop"
  env          = "production"
  state_bucket = "shop-tfstate-123456789012-us-east-1"

  creates_provider = false
  depends_on       = [module.plan]
}

output "plan_role_arn" {
  description = "For the variable AWS_PLAN_ROLE_ARN of the repository."
  value       = module.plan.role_arn
}

output "deploy_role_arn" {
  description = "For the variable AWS_DEPLOY_ROLE_ARN of the repository."
  value       = module.deploy.role_arn
}
