# A generated key that callers find by its name.

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

module "key" {
  source = "../.."

  name = "/minimal/key"
}

output "name" {
  description = "Parameter whose key callers send."
  value       = module.key.current_name
}
