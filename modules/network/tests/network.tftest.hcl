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

run "each_zone_has_a_public_and_a_private_subnet" {
  assert {
    condition     = keys(aws_subnet.public) == ["us-east-1a", "us-east-1b"] && keys(aws_subnet.private) == keys(aws_subnet.public)
    error_message = "Subnets must be keyed by zone name."
  }

  assert {
    condition     = alltrue([for zone, subnet in aws_subnet.private : subnet.availability_zone == zone])
    error_message = "Every subnet must lie in the zone of its key."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "No subnet may hand out public addresses by itself."
  }

  assert {
    condition     = output.private_subnet_ids == [aws_subnet.private["us-east-1a"].id, aws_subnet.private["us-east-1b"].id]
    error_message = "Subnet ids must be ordered by zone name."
  }

  assert {
    condition     = output.public_subnet_ids == [aws_subnet.public["us-east-1a"].id, aws_subnet.public["us-east-1b"].id]
    error_message = "Subnet ids must be ordered by zone name."
  }
}

run "another_zone_changes_no_subnet_that_stands" {
  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
      us-east-1c = { public_cidr_block = "10.0.2.0/24", private_cidr_block = "10.0.102.0/24" }
    }
  }

  assert {
    condition     = aws_subnet.private["us-east-1b"].id == run.each_zone_has_a_public_and_a_private_subnet.private_subnet_ids[1]
    error_message = "A new zone must leave the subnets of the others alone."
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"]
    error_message = "A new zone must leave the shared NAT gateway where it is."
  }
}

run "zones_by_id_are_the_same_place_in_every_account" {
  variables {
    zones = {
      use1-az1 = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
      use1-az4 = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
    }
  }

  assert {
    condition     = alltrue([for zone, subnet in merge(aws_subnet.public, aws_subnet.private) : subnet.availability_zone_id == zone])
    error_message = "Every subnet must lie in the zone whose id is its key."
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["use1-az1"]
    error_message = "The shared NAT gateway must stand in the first zone."
  }
}

run "isolated_subnets_reach_no_internet" {
  variables {
    zones = {
      us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24", isolated_cidr_block = "10.0.200.0/24" }
      us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24", isolated_cidr_block = "10.0.201.0/24" }
    }
    ipv6 = true
  }

  assert {
    condition     = output.isolated_subnet_ids == [for zone in ["us-east-1a", "us-east-1b"] : aws_subnet.isolated[zone].id] && alltrue([for zone, subnet in aws_subnet.isolated : subnet.availability_zone == zone])
    error_message = "There must be an isolated subnet in each zone that has a range for it."
  }

  assert {
    condition     = alltrue([for route in concat(values(aws_route.nat), values(aws_route.egress_only), values(aws_route.internet_ipv6), [aws_route.internet]) : route.route_table_id != aws_route_table.isolated["this"].id])
    error_message = "The isolated route table must have no route out."
  }

  assert {
    condition     = alltrue([for association in aws_route_table_association.isolated : association.route_table_id == aws_route_table.isolated["this"].id])
    error_message = "Isolated subnets must use their own route table."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.gateway : contains(endpoint.route_table_ids, aws_route_table.isolated["this"].id)])
    error_message = "S3 and DynamoDB must be reached from isolated subnets too."
  }
}

run "what_is_not_asked_for_is_not_there" {
  assert {
    condition     = length(aws_subnet.isolated) + length(aws_route_table.isolated) + length(aws_vpc_endpoint.interface) + length(aws_security_group.endpoints) + length(aws_flow_log.this) + length(aws_egress_only_internet_gateway.this) + length(aws_route.internet_ipv6) == 0
    error_message = "Isolated subnets, interface endpoints, flow logs and IPv6 are opt-in."
  }

  assert {
    condition     = !aws_vpc.this.enable_dns_hostnames && !aws_vpc.this.assign_generated_ipv6_cidr_block && alltrue([for subnet in aws_subnet.public : subnet.ipv6_cidr_block == null])
    error_message = "The VPC must be as it always was."
  }

  assert {
    condition     = output.endpoints_security_group_id == null && output.flow_log_group_name == null && output.ipv6_cidr_block == null
    error_message = "Outputs of what is not there must be null."
  }
}

run "everything_carries_the_callers_tags" {
  variables {
    tags = { Team = "shop" }
  }

  assert {
    condition     = alltrue([for tags in concat([aws_vpc.this.tags, aws_internet_gateway.this.tags, aws_default_security_group.this.tags, aws_route_table.public.tags], values(aws_subnet.public)[*].tags, values(aws_subnet.private)[*].tags, values(aws_route_table.private)[*].tags, values(aws_eip.nat)[*].tags, values(aws_nat_gateway.this)[*].tags, values(aws_vpc_endpoint.gateway)[*].tags) : tags["Team"] == "shop" && contains(keys(tags), "Name")])
    error_message = "Each thing must have the caller's tags and a name."
  }
}

run "default_security_group_is_closed" {
  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group must have no rules."
  }
}

run "s3_and_dynamodb_bypass_nat_in_every_route_table" {
  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.gateway : endpoint.service_name]) == toset(["com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"])
    error_message = "There must be gateway endpoints for DynamoDB and S3."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.gateway : endpoint.vpc_endpoint_type == "Gateway" && length(endpoint.route_table_ids) == 3])
    error_message = "Endpoints must be of type Gateway and stand in the public and both private route tables."
  }
}

run "single_nat_serves_all_zones" {
  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"] && keys(aws_eip.nat) == ["us-east-1a"]
    error_message = "One NAT gateway must stand in the first zone."
  }

  assert {
    condition     = alltrue([for zone in ["us-east-1a", "us-east-1b"] : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this["us-east-1a"].id])
    error_message = "All private subnets must use the shared NAT gateway."
  }
}

run "nat_per_zone_keeps_traffic_in_its_zone" {
  variables {
    nat_mode = "per_az"
  }

  assert {
    condition     = alltrue([for zone in ["us-east-1a", "us-east-1b"] : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "Every private subnet must use the NAT gateway of its own zone."
  }
}

run "without_nat_private_subnets_have_no_way_out" {
  variables {
    nat_mode           = "none"
    required_endpoints = []
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0
    error_message = "nat_mode none must make no NAT gateway, address or route."
  }
}

# One negative run for each validation
