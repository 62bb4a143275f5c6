# Ways to AWS without a NAT gateway.

mock_provider "aws" {
  source = "../mocks"
}

variables {
  name       = "shop-test"
  cidr_block = "10.0.0.0/16"
  zones = {
    us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
    us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
  }
}

run "tasks_without_nat_reach_aws_through_endpoints_of_this_account" {
  variables {
    nat_mode            = "none"
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "ssm"]
    tags                = { Team = "shop" }
  }

  assert {
    condition     = { for key, endpoint in aws_vpc_endpoint.interface : key => endpoint.service_name } == { for key in ["ecr.api", "ecr.dkr", "logs", "ssm"] : key => "com.amazonaws.us-east-1.${key}" }
    error_message = "There must be an endpoint for each service that is named."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled && endpoint.subnet_ids == toset(output.private_subnet_ids) && endpoint.security_group_ids == toset([output.endpoints_security_group_id])])
    error_message = "Endpoints must stand in the private subnets, under AWS's own names, in a group of their own."
  }

  assert {
    condition     = aws_vpc.this.enable_dns_hostnames && aws_vpc.this.enable_dns_support
    error_message = "AWS's names resolve to endpoints only in a VPC with DNS host names."
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.endpoints) == ["ipv4"] && aws_vpc_security_group_ingress_rule.endpoints["ipv4"].cidr_ipv4 == "10.0.0.0/16" && aws_vpc_security_group_ingress_rule.endpoints["ipv4"].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints["ipv4"].to_port == 443
    error_message = "Only HTTPS from the VPC may come in."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : jsondecode(endpoint.policy).Statement[0].Condition.StringEquals["aws:PrincipalAccount"] == "123456789012"])
    error_message = "An endpoint must carry calls of this account's principals only."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.tags["Team"] == "shop"])
    error_message = "Endpoints must carry the caller's tags."
  }
}

run "an_endpoint_may_have_a_policy_of_its_own_or_of_aws" {
  variables {
    interface_endpoints         = ["logs", "sts", "kinesis-streams"]
    interface_endpoint_policies = { sts = "{\"Statement\":[]}", kinesis-streams = "" }
  }

  assert {
    condition     = aws_vpc_endpoint.interface["sts"].policy == "{\"Statement\":[]}" && jsondecode(aws_vpc_endpoint.interface["logs"].policy).Statement[0].Sid == "PrincipalsOfThisAccount"
    error_message = "A policy must replace that of its own endpoint only."
  }

  assert {
    condition     = local.endpoint_policies["kinesis-streams"] == null
    error_message = "An empty policy stands for AWS's own."
  }
}

# One negative run for each validation

run "refuses_tasks_without_nat_and_without_endpoints" {
  command = plan

  variables {
    nat_mode            = "none"
    interface_endpoints = ["ecr.api", "logs"]
  }

  expect_failures = [var.required_endpoints]
}

run "refuses_whole_name_of_an_endpoint" {
  command = plan

  variables {
    interface_endpoints = ["https://sts"]
  }

  expect_failures = [var.interface_endpoints]
}

run "refuses_to_pay_for_what_is_free" {
  command = plan

  variables {
    interface_endpoints = ["s3"]
  }

  expect_failures = [var.interface_endpoints]
}

run "refuses_policy_of_an_endpoint_that_is_not_there" {
  command = plan

  variables {
    interface_endpoint_policies = { sts = "" }
  }

  expect_failures = [var.interface_endpoint_policies]
}

run "refuses_policy_that_is_none" {
  command = plan

  variables {
    interface_endpoints         = ["sts"]
    interface_endpoint_policies = { sts = "allow" }
  }

  expect_failures = [var.interface_endpoint_policies]
}
