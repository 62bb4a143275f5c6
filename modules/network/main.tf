# A VPC whose tasks reach the internet through NAT and S3 and DynamoDB through free gateway endpoints. Beside this file:
# interface endpoints (endpoints.tf), IPv6 (ipv6.tf), isolated subnets (isolated.tf) and flow logs (flow_logs.tf).

data "aws_region" "this" {}

data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394: nothing is made of this list: zones are pinned by name, and it checks that they are open

  state = "available"
}

locals {
  # A zone's name is given to accounts as each has it; its id is the same place for all of them.
  zones_by_id = alltrue([for zone in keys(module.typed.zones) : can(regex("-az[0-9]+$", zone))])
  open_zones  = local.zones_by_id ? data.aws_availability_zones.available.zone_ids : data.aws_availability_zones.available.names

  # With "single" the alphabetically first zone carries the gateway, so adding a zone behind it moves nothing.
  shared_nat_zone = sort(keys(module.typed.zones))[0]

  nat_zones = {
    none   = toset([])
    single = toset([local.shared_nat_zone])
    per_az = toset(keys(module.typed.zones))
  }[var.nat_mode]

  # Zone of a private subnet => zone of the NAT gateway that it uses.
  nat_zone_of = var.nat_mode == "none" ? {} : {
    for zone in keys(module.typed.zones) : zone => var.nat_mode == "single" ? local.shared_nat_zone : zone
  }
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr_block

  # Public DNS names are left off unless interface endpoints need them: nothing else here is reached by one, and asking
  # for them costs every first apply 10 s.
  enable_dns_support   = true
  enable_dns_hostnames = length(var.interface_endpoints) > 0

  assign_generated_ipv6_cidr_block = var.ipv6

  tags = merge(var.tags, { Name = var.name })
}

# Taken over without rules: what names no security group of its own gets no traffic.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default-closed" })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "public" {
  for_each = module.typed.zones

  vpc_id               = aws_vpc.this.id
  availability_zone    = local.zones_by_id ? null : each.key
  availability_zone_id = local.zones_by_id ? each.key : null
  cidr_block           = each.value.public_cidr_block

  ipv6_cidr_block                 = local.ipv6_cidr_blocks["public"][each.key]
  assign_ipv6_address_on_creation = var.ipv6

  # Public addresses are asked for by name where they are wanted, never given to whatever lands here.
  map_public_ip_on_launch = false

  tags = merge(var.tags, { Name = "${var.name}-public-${each.key}" })

  lifecycle {
    precondition {
      condition     = contains(local.open_zones, each.key)
      error_message = "Availability zone ${each.key} is not open to this account in this region; name zones from: ${join(", ", local.open_zones)}."
    }
  }
}

resource "aws_subnet" "private" {
  for_each = module.typed.zones

  vpc_id               = aws_vpc.this.id
  availability_zone    = local.zones_by_id ? null : each.key
  availability_zone_id = local.zones_by_id ? each.key : null
  cidr_block           = each.value.private_cidr_block

  ipv6_cidr_block                 = local.ipv6_cidr_blocks["private"][each.key]
  assign_ipv6_address_on_creation = var.ipv6

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  for_each = module.typed.zones

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"

  tags = merge(var.tags, { Name = "${var.name}-nat-${each.key}" })
}

resource "aws_nat_gateway" "this" {
  for_each = local.nat_zones

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  # AWS asks for this order: a NAT gateway made before the internet gateway is attached fails.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "nat" {
  for_each = local.nat_zone_of

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value].id
}
