# Three zones pinned by id, without a NAT gateway: tasks start by what interface endpoints reach, and call out over IPv6 alone.
# One endpoint has a policy of the caller's. Databases have subnets without any way out, and each flow leaves a line.

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

module "network" {
  source = "../.."

  name       = "complete"
  cidr_block = "10.31.0.0/16"
  nat_mode   = "none"
  ipv6       = true
  zones = {
    use1-az1 = { public_cidr_block = "10.31.0.0/24", private_cidr_block = "10.31.10.0/24", isolated_cidr_block = "10.31.20.0/24" }
    use1-az2 = { public_cidr_block = "10.31.1.0/24", private_cidr_block = "10.31.11.0/24", isolated_cidr_block = "10.31.21.0/24" }
    use1-az4 = { public_cidr_block = "10.31.2.0/24", private_cidr_block = "10.31.12.0/24", isolated_cidr_block = "10.31.22.0/24" }
  }

  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts"]
  required_endpoints  = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
  interface_endpoint_policies = {
    sts = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:GetCallerIdentity", Resource = "*" }]
    })
  }

  flow_logs = { traffic_type = "REJECT", retention_days = 90 }

  tags = { Team = "shop" }
}

output "isolated_subnet_ids" {
  description = "Where databases may run."
  value       = module.network.isolated_subnet_ids
}

output "flow_log_group_name" {
  description = "Where refused flows leave their lines."
  value       = module.network.flow_log_group_name
}
