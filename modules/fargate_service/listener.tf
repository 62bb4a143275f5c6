# Rules of the shared listener, and of one inside the VPC, that lead requests to the service.

locals {
  # What a load balancer takes in the conditions of a rule.
  rule_patterns = {
    path   = "^[/*][A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}$"
    method = "^[A-Z_-]{1,40}$"
    host   = "^[A-Za-z0-9*?-]{0,127}\\.[A-Za-z0-9.*?-]{1,127}$"
    header = "^[A-Za-z0-9!#$%&'+.^_`|~-]{1,40}$"
  }

  public_rules = merge(
    { for name, rule in module.typed.additional_listener_rules : name => rule if !contains(local.internal_names, name) },
    { for rule in module.typed.listener_rule[*] : "first" => rule },
  )

  # Beside each rule that has previews, one for either side.
  previews = { for preview in flatten([
    for name, rule in local.public_rules : [
      for side, priority in { new = rule.preview_priorities.new, old = rule.preview_priorities.old } : {
        name                      = "${name}-${side}"
        side                      = side
        rule = merge(rule, {
          priority     = priority
          http_headers = merge(rule.http_headers, { (module.typed.preview_header.name) = ["${side}:${module.typed.preview_header.key}"] })
        })
      }
    ] if rule.preview_priorities != null
  ]) : preview.name => preview }

  rules = merge(
    { for name, rule in local.public_rules : name => { listener_arn = var.listener_arn, rule = rule, forward_to = local.forward_to, sticky_seconds = var.sticky_seconds } },
    { for name, one in local.previews : name => { listener_arn = var.listener_arn, rule = one.rule, forward_to = local.sides[one.side], sticky_seconds = 0 } },
    { for name, rule in local.internal_rules : name => { listener_arn = module.typed.internal_listener.arn, rule = rule, forward_to = local.internal_forward_to, sticky_seconds = 0 } },
  )

  # Shares of what comes to the service, and of what comes to its fallback, in percent.
  own_shares = merge(
    { for name, group in aws_lb_target_group.this : "self" => { arn = group.arn, share = 100 - local.canary_weight } },
    { for name, group in aws_lb_target_group.canary : "canary" => { arn = group.arn, share = local.canary_weight } },
  )
  fallback_shares = module.typed.fallback == null ? {} : merge(
    { fallback = { arn = module.typed.fallback.target_group_arn, share = 100 - module.typed.fallback.canary_weight } },
    module.typed.fallback.canary_target_group_arn == null ? {} : {
      fallback_canary = { arn = module.typed.fallback.canary_target_group_arn, share = module.typed.fallback.canary_weight }
    },
  )

  # Who tries to earn requests and who had them: the canary and the own tasks, or the own tasks and the fallback.
  tries_revision = try(local.canaries.this.desired_count, 0) > 0
  sides = {
    new = { for name, one in local.own_shares : name => { arn = one.arn, weight = 100 } if name == (local.tries_revision ? "canary" : "self") }
    old = merge(
      { for name, one in local.own_shares : name => { arn = one.arn, weight = 100 } if name == "self" && (local.tries_revision || module.typed.fallback == null) },
      { for name, one in local.fallback_shares : name => { arn = one.arn, weight = one.share } if !local.tries_revision },
    )
  }

  forward_to = merge(
    local.known_groups,
    { for name, one in local.own_shares : name => { arn = one.arn, weight = floor(one.share * var.weight / 100 + 0.5) } },
    { for name, one in local.fallback_shares : name => { arn = one.arn, weight = floor(one.share * (100 - var.weight) / 100 + 0.5) } },
  )
}

resource "aws_lb_listener_rule" "this" {
  for_each = local.rules

  listener_arn = each.value.listener_arn
  priority     = each.value.rule.priority

  dynamic "condition" {
    for_each = length(each.value.rule.path_patterns) > 0 ? [each.value.rule.path_patterns] : []

    content {
      path_pattern {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.rule.methods) > 0 ? [each.value.rule.methods] : []

    content {
      http_request_method {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.rule.host_headers) > 0 ? [each.value.rule.host_headers] : []

    content {
      host_header {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.rule.source_ips) > 0 ? [each.value.rule.source_ips] : []

    content {
      source_ip {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = each.value.rule.http_headers

    content {
      http_header {
        http_header_name = condition.key
        values           = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.rule.query_strings) > 0 ? [each.value.rule.query_strings] : []

    content {
      dynamic "query_string" {
        for_each = condition.value

        content {
          key   = query_string.value.key
          value = query_string.value.value
        }
      }
    }
  }

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = each.value.forward_to

        content {
          arn    = target_group.value.arn
          weight = target_group.value.weight
        }
      }

      dynamic "stickiness" {
        for_each = each.value.sticky_seconds > 0 ? [each.value.sticky_seconds] : []

        content {
          enabled  = true
          duration = stickiness.value
        }
      }
    }
  }

  tags = merge(var.tags, { Name = each.key == "first" ? var.name : "${var.name}-${each.key}" })
}

# Until there could be more of them, a service had one rule, without a name.
moved {
  from = aws_lb_listener_rule.this
  to   = aws_lb_listener_rule.this["first"]
}
