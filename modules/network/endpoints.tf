# Ways to AWS's own services that are no way to the internet.

# Gateway endpoints cost nothing and keep image layers and table traffic off the NAT gateway's bill.
resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${data.aws_region.this.id}.${each.key}"
  route_table_ids = concat(
    [aws_route_table.public.id],
    [for table in aws_route_table.private : table.id],
    [for table in aws_route_table.isolated : table.id],
  )

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

# Interface endpoints are addresses in the private subnets, which AWS's names resolve to in this VPC. Each costs by zone.

data "aws_caller_identity" "this" {
  for_each = local.endpoint_group
}

locals {
  endpoint_group = length(var.interface_endpoints) > 0 ? toset(["this"]) : toset([])

  # An endpoint forwards whatever it is asked, so that without a policy it carries data out to other accounts as well.
  own_principals = {
    for key, account in data.aws_caller_identity.this : key => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "PrincipalsOfThisAccount"
        Effect    = "Allow"
        Principal = "*"
        Action    = "*"
        Resource  = "*"
        Condition = { StringEquals = { "aws:PrincipalAccount" = account.account_id } }
      }]
    })
  }

  endpoint_policies = {
    for service in var.interface_endpoints : service => (
      contains(keys(var.interface_endpoint_policies), service)
      ? (var.interface_endpoint_policies[service] == "" ? null : var.interface_endpoint_policies[service])
      : local.own_principals["this"]
    )
  }

  callers_of_endpoints = merge(
    length(var.interface_endpoints) > 0 ? { ipv4 = { cidr_ipv4 = aws_vpc.this.cidr_block, cidr_ipv6 = null } } : {},
    length(var.interface_endpoints) > 0 && var.ipv6 ? { ipv6 = { cidr_ipv4 = null, cidr_ipv6 = aws_vpc.this.ipv6_cidr_block } } : {},
  )
}

resource "aws_security_group" "endpoints" {
  # checkov:skip=CKV2_AWS_5: the interface endpoints have it, each by for_each, which the check does not follow

  for_each = local.endpoint_group

  name_prefix = "${var.name}-endpoints-"
  description = "Interface endpoints of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-endpoints" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = local.callers_of_endpoints

  security_group_id = aws_security_group.endpoints["this"].id
  description       = "HTTPS from the VPC, ${each.key}"
  cidr_ipv4         = each.value.cidr_ipv4
  cidr_ipv6         = each.value.cidr_ipv6
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.this.id}.${each.key}"
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints["this"].id]
  private_dns_enabled = true
  policy              = local.endpoint_policies[each.key]

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
