# A load balancer that answers 404 until a service adds a rule. Services add rules to the listener; nothing that a service
# or a stage does edits the load balancer itself.

locals {
  is_https = var.certificate_arn != null

  # Whoever is not named may call, unless only CloudFront may.
  cidr_blocks = var.ingress_cidr_blocks != null ? var.ingress_cidr_blocks : (var.cloudfront_only ? {} : { everywhere = "0.0.0.0/0" })

  for_everybody    = var.ingress_cidr_blocks == null && !var.cloudfront_only
  ipv6_cidr_blocks = var.ingress_ipv6_cidr_blocks != null ? var.ingress_ipv6_cidr_blocks : (local.for_everybody && var.ip_address_type != "ipv4" ? { everywhere-ipv6 = "::/0" } : {})

  nowhere = { cidr_ipv4 = null, cidr_ipv6 = null, prefix_list_id = null, security_group_id = null }
  clients = merge(
    { for name, block in local.cidr_blocks : name => merge(local.nowhere, { cidr_ipv4 = block }) },
    { for name, block in local.ipv6_cidr_blocks : name => merge(local.nowhere, { cidr_ipv6 = block }) },
    { for name, id in var.ingress_prefix_list_ids : name => merge(local.nowhere, { prefix_list_id = id }) },
    { for name, id in var.ingress_security_group_ids : name => merge(local.nowhere, { security_group_id = id }) },
    { for name, list in data.aws_ec2_managed_prefix_list.cloudfront : name => merge(local.nowhere, { prefix_list_id = list.id }) },
  )

  # Behind CloudFront each rule asks for a header that only our distribution sends: what no rule takes may have gone by it.
  nobody = (
    var.cloudfront_only
    ? { title = "Forbidden", status = 403, detail = "No service answers this path to this caller." }
    : { title = "Not Found", status = 404, detail = "No service answers this path." }
  )

  # Each client may come in by the listener, and by the one that sends it on there.
  ways_in = merge(
    { for name, client in local.clients : name => merge(client, { port = var.listener_port }) },
    var.redirect_http_port == null ? {} : { for name, client in local.clients : "${name}-redirect" => merge(client, { port = var.redirect_http_port }) },
  )
}

# The addresses from which CloudFront calls origins; AWS keeps the list.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  for_each = var.cloudfront_only ? toset(["cloudfront"]) : toset([])

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-alb-"
  description = "Load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-alb" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "listener" {
  # checkov:skip=CKV_AWS_260: the public may call a public load balancer; ingress_cidr_blocks says who else

  for_each = local.ways_in

  security_group_id            = aws_security_group.this.id
  description                  = "Clients from ${each.key}"
  cidr_ipv4                    = each.value.cidr_ipv4
  cidr_ipv6                    = each.value.cidr_ipv6
  prefix_list_id               = each.value.prefix_list_id
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port

  tags = var.tags
}

# Ways out are added by the services, each to its own container port only.

resource "aws_lb" "this" {
  # checkov:skip=CKV2_AWS_20: redirect_http_port makes the redirect, where the listener speaks HTTPS
  # checkov:skip=CKV2_AWS_76: what is in the web ACL of web_acl_arn is its owner's business
  # checkov:skip=CKV_AWS_91: access_logs names the caller's bucket
  # checkov:skip=CKV_AWS_150: deletion_protection is the caller's choice; what is gone with one command has none

  name               = var.name
  load_balancer_type = "application"
  internal           = var.internal
  ip_address_type    = var.ip_address_type
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]

  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  idle_timeout               = var.idle_timeout_seconds
  client_keep_alive          = var.client_keep_alive_seconds
  desync_mitigation_mode     = var.desync_mitigation_mode

  dynamic "access_logs" {
    for_each = module.typed.access_logs == null ? [] : [module.typed.access_logs]

    content {
      enabled = true
      bucket  = access_logs.value.bucket
      prefix  = access_logs.value.prefix
    }
  }

  dynamic "connection_logs" {
    for_each = module.typed.connection_logs == null ? [] : [module.typed.connection_logs]

    content {
      enabled = true
      bucket  = connection_logs.value.bucket
      prefix  = connection_logs.value.prefix
    }
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_lb_listener" "this" {
  # checkov:skip=CKV_AWS_2: certificate_arn makes it HTTPS; without a domain there is no certificate
  # checkov:skip=CKV_AWS_103: as above, and ssl_policy begins at TLS 1.2

  load_balancer_arn = aws_lb.this.arn
  port              = var.listener_port
  protocol          = local.is_https ? "HTTPS" : "HTTP"
  certificate_arn   = var.certificate_arn
  ssl_policy        = local.is_https ? var.ssl_policy : null

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = jsonencode(merge({ type = "about:blank" }, local.nobody))
      status_code  = tostring(local.nobody.status)
    }
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_lb_listener_certificate" "this" {
  for_each = var.additional_certificate_arns

  listener_arn    = aws_lb_listener.this.arn
  certificate_arn = each.value
}

resource "aws_lb_listener" "redirect" {
  for_each = var.redirect_http_port == null ? toset([]) : toset(["http"])

  load_balancer_arn = aws_lb.this.arn
  port              = var.redirect_http_port
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = tostring(var.listener_port)
      status_code = "HTTP_301"
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-redirect" })
}

resource "aws_wafv2_web_acl_association" "this" {
  for_each = var.web_acl_arn == null ? toset([]) : toset(["this"])

  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}
