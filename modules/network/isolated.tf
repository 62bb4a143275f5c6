# Subnets that reach the VPC, S3 and DynamoDB, and nothing else.

locals {
  isolated_zones = { for zone, ranges in module.typed.zones : zone => ranges.isolated_cidr_block if ranges.isolated_cidr_block != null }
}

resource "aws_subnet" "isolated" {
  for_each = local.isolated_zones

  vpc_id               = aws_vpc.this.id
  availability_zone    = local.zones_by_id ? null : each.key
  availability_zone_id = local.zones_by_id ? each.key : null
  cidr_block           = each.value

  ipv6_cidr_block                 = local.ipv6_cidr_blocks["isolated"][each.key]
  assign_ipv6_address_on_creation = var.ipv6

  tags = merge(var.tags, { Name = "${var.name}-isolated-${each.key}" })
}

resource "aws_route_table" "isolated" {
  for_each = length(local.isolated_zones) > 0 ? toset(["this"]) : toset([])

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-isolated" })
}

resource "aws_route_table_association" "isolated" {
  for_each = aws_subnet.isolated

  subnet_id      = each.value.id
  route_table_id = aws_route_table.isolated["this"].id
}
