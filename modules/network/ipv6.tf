# IPv6, where it is asked for: AWS's own /56, of which each subnet gets a /64. Private subnets call out and are not called.

locals {
  # A zone's number follows its own name, so that another zone changes no range that stands.
  zone_numbers = {
    for zone in keys(module.typed.zones) : zone => (
      local.zones_by_id ? tonumber(regex("[0-9]+$", zone)) : index(split("", "abcdefghijklmnopqrstuvwxyz"), substr(zone, -1, 1))
    )
  }

  ipv6_cidr_blocks = {
    for kind, first in { public = 0, private = 100, isolated = 200 } : kind => {
      for zone, number in local.zone_numbers : zone => var.ipv6 ? cidrsubnet(aws_vpc.this.ipv6_cidr_block, 8, first + number) : null
    }
  }

  ipv6_gateway = var.ipv6 ? toset(["this"]) : toset([])
}

resource "aws_egress_only_internet_gateway" "this" {
  for_each = local.ipv6_gateway

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_route" "internet_ipv6" {
  for_each = local.ipv6_gateway

  route_table_id              = aws_route_table.public.id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this.id
}

resource "aws_route" "egress_only" {
  for_each = var.ipv6 ? aws_route_table.private : {}

  route_table_id              = each.value.id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.this["this"].id
}
