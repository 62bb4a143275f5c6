# The same tasks behind a second load balancer, such as one that only networks inside the VPC can call. A target group belongs
# to one load balancer, so there is one more for each set of tasks.

locals {
  internal_listeners = { for listener in module.typed.internal_listener[*] : "this" => listener }
  # The group of each set of tasks: what its name ends with, as short as can be, and its weight in the rules.
  internal_groups = length(local.internal_listeners) == 0 ? {} : merge(
    { self = { suffix = "i", weight = 100 - local.canary_weight } },
    { for name, canary in local.canaries : "canary" => { suffix = "n", weight = local.canary_weight } },
  )

  internal_rules = { for name, rule in module.typed.additional_listener_rules : name => rule if contains(local.internal_names, name) }
  internal_names = try(module.typed.internal_listener.rules, [])

  # The service itself answers there: what falls back on others is the business of the first load balancer.
  internal_forward_to = {
    for tasks, group in aws_lb_target_group.internal : tasks => { arn = group.arn, weight = local.internal_groups[tasks].weight }
  }

  # Which tasks are in which groups.
  is_registered = try(module.typed.internal_listener.registers, false)
  own_groups = merge(
    aws_lb_target_group.this,
    { for name, group in aws_lb_target_group.fallback : "fallback_${name}" => group },
    { for name, group in aws_lb_target_group.internal : "internal_${name}" => group if local.is_registered && name == "self" },
  )
  canary_groups = merge(
    aws_lb_target_group.canary,
    { for name, group in aws_lb_target_group.internal : "internal_${name}" => group if local.is_registered && name == "canary" },
  )
}

resource "aws_lb_target_group" "internal" {
  # checkov:skip=CKV_AWS_378: within the VPC, where only the load balancer may call the tasks; TLS ends there

  for_each = local.internal_groups

  name        = "${var.name}-${each.value.suffix}"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 80

  deregistration_delay = var.drain_seconds

  health_check {
    path                = module.typed.health_check.path
    matcher             = module.typed.health_check.matcher
    interval            = module.typed.health_check.interval_seconds
    timeout             = module.typed.health_check.timeout_seconds
    healthy_threshold   = module.typed.health_check.healthy_threshold
    unhealthy_threshold = module.typed.health_check.unhealthy_threshold
  }

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
