# The same tasks in a second target group, for the paths of services that fall back on this one: a load balancer has metrics
# of target groups, not of rules.

locals {
  # A target group takes targets only once a rule knows it.
  known_groups = { for name, group in aws_lb_target_group.fallback : "fallback_${name}" => { arn = group.arn, weight = 0 } }
}

resource "aws_lb_target_group" "fallback" {
  # checkov:skip=CKV_AWS_378: within the VPC, where only the load balancer may call the tasks; TLS ends there

  for_each = var.fallback_group ? toset(["this"]) : toset([])

  name        = "${var.name}-f"
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
