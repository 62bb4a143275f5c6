# Flow logs and IPv6.

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

run "flow_logs_go_to_a_group_that_only_they_may_write" {
  variables {
    flow_logs = { retention_days = 365, kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1", permissions_boundary_arn = "arn:aws:iam::123456789012:policy/edge", role_path = "/shop/" }
    tags      = { Team = "shop" }
  }

  assert {
    condition     = aws_flow_log.this["this"].vpc_id == aws_vpc.this.id && aws_flow_log.this["this"].traffic_type == "ALL" && aws_flow_log.this["this"].max_aggregation_interval == 600 && aws_flow_log.this["this"].log_destination_type == "cloud-watch-logs" && aws_flow_log.this["this"].log_destination == aws_cloudwatch_log_group.flow_logs["this"].arn
    error_message = "Every flow of the VPC must go to the log group."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow_logs["this"].retention_in_days == 365 && aws_cloudwatch_log_group.flow_logs["this"].kms_key_id == var.flow_logs.kms_key_arn && output.flow_log_group_name == "/shop-test/flow-logs"
    error_message = "The group must keep lines as long as asked for, under the caller's key."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.flow_logs["this"].policy).Statement[0].Resource == "${aws_cloudwatch_log_group.flow_logs["this"].arn}:*" && aws_iam_role.flow_logs["this"].permissions_boundary == var.flow_logs.permissions_boundary_arn
    error_message = "The role must be able to write there and nowhere else."
  }

  assert {
    condition     = aws_iam_role.flow_logs["this"].path == "/shop/"
    error_message = "The role must be below the path that is asked for."
  }

  assert {
    condition     = jsondecode(aws_iam_role.flow_logs["this"].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only flow logs of this account may have the role."
  }

  assert {
    condition     = alltrue([for tags in [aws_flow_log.this["this"].tags, aws_cloudwatch_log_group.flow_logs["this"].tags, aws_iam_role.flow_logs["this"].tags] : tags["Team"] == "shop"])
    error_message = "All of it must carry the caller's tags."
  }
}

run "flow_logs_in_a_bucket_need_neither_group_nor_role" {
  variables {
    flow_logs = { bucket = { arn = "arn:aws:s3:::flows/shop" }, traffic_type = "REJECT", aggregation_seconds = 60 }
  }

  assert {
    condition     = aws_flow_log.this["this"].log_destination_type == "s3" && aws_flow_log.this["this"].log_destination == "arn:aws:s3:::flows/shop" && aws_flow_log.this["this"].traffic_type == "REJECT" && aws_flow_log.this["this"].max_aggregation_interval == 60
    error_message = "What was refused must go to the bucket each minute."
  }

  assert {
    condition     = length(aws_cloudwatch_log_group.flow_logs) + length(aws_iam_role.flow_logs) + length(aws_iam_role_policy.flow_logs) == 0 && aws_flow_log.this["this"].iam_role_arn == null
    error_message = "S3 takes them without a role."
  }
}

run "ipv6_calls_out_and_is_not_called" {
  variables {
    ipv6                = true
    interface_endpoints = ["sts"]
  }

  assert {
    condition     = aws_vpc.this.assign_generated_ipv6_cidr_block && output.ipv6_cidr_block == "2600:1f18:1234:5600::/56"
    error_message = "The VPC must have a range of AWS."
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.ipv6_cidr_block } == { us-east-1a = "2600:1f18:1234:5600::/64", us-east-1b = "2600:1f18:1234:5601::/64" } && { for zone, subnet in aws_subnet.private : zone => subnet.ipv6_cidr_block } == { us-east-1a = "2600:1f18:1234:5664::/64", us-east-1b = "2600:1f18:1234:5665::/64" }
    error_message = "Each subnet must have a /64 that follows its zone."
  }

  assert {
    condition     = aws_route.internet_ipv6["this"].gateway_id == aws_internet_gateway.this.id && aws_route.internet_ipv6["this"].destination_ipv6_cidr_block == "::/0" && aws_route.internet_ipv6["this"].route_table_id == aws_route_table.public.id
    error_message = "Public subnets must reach the internet."
  }

  assert {
    condition     = alltrue([for zone, route in aws_route.egress_only : route.egress_only_gateway_id == aws_egress_only_internet_gateway.this["this"].id && route.route_table_id == aws_route_table.private[zone].id]) && length(aws_route.egress_only) == 2
    error_message = "Private subnets must call out through the egress-only gateway."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints["ipv6"].cidr_ipv6 == "2600:1f18:1234:5600::/56"
    error_message = "Endpoints must be reached over IPv6 too."
  }
}

run "ipv6_ranges_follow_ids_of_zones" {
  variables {
    ipv6 = true
    zones = {
      use1-az1 = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      use1-az4 = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.ipv6_cidr_block } == { use1-az1 = "2600:1f18:1234:5601::/64", use1-az4 = "2600:1f18:1234:5604::/64" }
    error_message = "Each subnet must have a /64 that follows its zone."
  }
}

# One negative run for each validation

run "refuses_unknown_kind_of_traffic" {
  command = plan

  variables {
    flow_logs = { traffic_type = "DROP" }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_other_intervals" {
  command = plan

  variables {
    flow_logs = { aggregation_seconds = 30 }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_retention_that_cloudwatch_does_not_have" {
  command = plan

  variables {
    flow_logs = { retention_days = 10 }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_name_of_a_bucket" {
  command = plan

  variables {
    flow_logs = { bucket = { arn = "flows" } }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_key_for_a_log_group_that_is_not_there" {
  command = plan

  variables {
    flow_logs = { bucket = { arn = "arn:aws:s3:::flows" }, kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_path_of_a_role_that_is_not_there" {
  command = plan

  variables {
    flow_logs = { bucket = { arn = "arn:aws:s3:::flows" }, role_path = "/shop/" }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_role_path_without_its_end" {
  command = plan

  variables {
    flow_logs = { role_path = "/shop" }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_attributes_that_are_not_known" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24", isolated_block = "10.0.201.0/24" }
    }
    flow_logs = { bucket = { arn = "arn:aws:s3:::flows", prefix = "shop" } }
  }

  expect_failures = [var.zones, var.flow_logs]
}

run "knows_the_attributes_of_the_types_and_no_others" {
  command = plan

  variables {
    flow_logs = { bucket = { arn = "arn:aws:s3:::flows" } }
  }

  assert {
    condition = alltrue([for name, value in {
      zone      = keys(module.typed.zones.us-east-1a)
      flow_logs = concat(keys(module.typed.flow_logs), [for name in keys(module.typed.flow_logs.bucket) : "bucket.${name}"])
    } : toset(local.known[name]) == toset(value)])
    error_message = "local.known must have the attributes of the types, and no others."
  }
}

run "refuses_a_zone_that_is_null" {
  command = plan

  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      us-east-1b = null
    }
  }

  expect_failures = [var.zones]
}

run "takes_numbers_of_flow_logs_that_are_written_as_texts" {
  command = plan

  variables {
    flow_logs = { aggregation_seconds = "60", retention_days = "7" }
  }

  assert {
    condition     = aws_flow_log.this["this"].max_aggregation_interval == 60 && aws_cloudwatch_log_group.flow_logs["this"].retention_in_days == 7
    error_message = "A text that is a number must be taken, as by the types."
  }
}
