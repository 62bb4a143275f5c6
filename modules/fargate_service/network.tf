# Ways through the network: from the load balancer and from other callers to the tasks, and from the tasks to what they call.

locals {
  # Security group of each load balancer in front of the tasks.
  balancers = merge(
    local.is_load_balanced ? { this = var.alb_security_group_id } : {},
    { for name, listener in local.internal_listeners : "internal" => listener.security_group_id },
  )

  # The provider takes no tags and an empty map of them for two things, of these resources.
  rule_tags = length(var.tags) == 0 ? null : var.tags

  ways_out = merge(
    { for port in var.egress_tcp_ports : tostring(port) => {
      description = "Calls to TCP port ${port}", protocol = "tcp", from_port = port, to_port = port
      cidr_ipv4   = "0.0.0.0/0", cidr_ipv6 = null, prefix_list_id = null, security_group_id = null
    } },
    { for port in var.egress_tcp_ports : "${port}-ipv6" => {
      description = "Calls to TCP port ${port} over IPv6", protocol = "tcp", from_port = port, to_port = port
      cidr_ipv4   = null, cidr_ipv6 = "::/0", prefix_list_id = null, security_group_id = null
    } if var.egress_ipv6 },
    { for name, rule in module.typed.egress_rules : name => {
      description = "Calls to ${name}", protocol = rule.protocol, from_port = rule.port, to_port = coalesce(rule.to_port, rule.port)
      cidr_ipv4   = rule.cidr_ipv4, cidr_ipv6 = rule.cidr_ipv6, prefix_list_id = rule.prefix_list_id, security_group_id = rule.security_group_id
    } },
  )
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Tasks of ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_alb" {
  # checkov:skip=CKV_AWS_260: it names the load balancer's security group and no addresses, which the check does not see

  for_each = local.balancers

  security_group_id            = aws_security_group.this.id
  description                  = "Requests from the ${each.key == "internal" ? "internal " : ""}load balancer"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port

  tags = local.rule_tags
}

resource "aws_vpc_security_group_ingress_rule" "from_caller" {
  # checkov:skip=CKV_AWS_260: it names a security group and no addresses, which the check does not see

  for_each = var.ingress_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "Calls from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port

  tags = local.rule_tags
}

# The one thing that is written into something of the caller's.
resource "aws_vpc_security_group_egress_rule" "alb_to_tasks" {
  for_each = { for name, group in local.balancers : name => group if var.open_alb_to_tasks }

  security_group_id            = each.value
  description                  = "Requests to ${var.name}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port

  tags = local.rule_tags
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each = local.ways_out

  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  cidr_ipv4                    = each.value.cidr_ipv4
  cidr_ipv6                    = each.value.cidr_ipv6
  prefix_list_id               = each.value.prefix_list_id
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port

  tags = local.rule_tags
}

# Until there were services without a load balancer, each had both of these.
moved {
  from = aws_vpc_security_group_ingress_rule.from_alb
  to   = aws_vpc_security_group_ingress_rule.from_alb["this"]
}

moved {
  from = aws_vpc_security_group_egress_rule.alb_to_tasks
  to   = aws_vpc_security_group_egress_rule.alb_to_tasks["this"]
}
