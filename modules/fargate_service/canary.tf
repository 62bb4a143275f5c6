# A second set of tasks beside the service's own, on which a new revision earns its traffic. In rest it has no tasks.

locals {
  canaries      = module.typed.canary == null ? {} : { this = module.typed.canary }
  canary_weight = try(local.canaries.this.weight, 0)

  # While the canary tries a new revision, the service's own tasks keep the one they run.
  held_task_definition_arn = try(coalesce(local.canaries.this.held_task_definition_arn), null)
  own_task_definition_arn  = coalesce(local.held_task_definition_arn, aws_ecs_task_definition.this.arn)
}

# Target group and service are as the service's own in main.tf, which keep addresses that callers and states know.
resource "aws_lb_target_group" "canary" {
  # checkov:skip=CKV_AWS_378: within the VPC, where only the load balancer may call the tasks; TLS ends there

  for_each = local.canaries

  name        = "${var.name}-c"
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

resource "aws_ecs_service" "canary" {
  for_each = local.canaries

  name            = "${local.service_name}-c"
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = each.value.desired_count
  launch_type     = local.launch_type
  propagate_tags  = "SERVICE"

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.health_check_grace_period_seconds
  wait_for_steady_state              = var.wait_for_steady_state
  force_new_deployment               = local.launch_type == null ? true : null
  availability_zone_rebalancing      = var.availability_zone_rebalancing ? "ENABLED" : "DISABLED"
  enable_execute_command             = var.enable_execute_command

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = module.typed.deployment_alarms[*]

    content {
      alarm_names = alarms.value.names
      enable      = true
      rollback    = alarms.value.rollback
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = module.typed.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = local.canary_groups

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = var.container_name
      container_port   = var.container_port
    }
  }

  # It calls others; who calls the service by Service Connect does not come to a revision that is tried.
  dynamic "service_connect_configuration" {
    for_each = module.typed.service_connect[*]

    content {
      enabled   = true
      namespace = service_connect_configuration.value.namespace_arn

      log_configuration {
        log_driver = local.log_configuration.logDriver
        options    = local.log_configuration.options
      }
    }
  }

  dynamic "timeouts" {
    for_each = module.typed.timeouts[*]

    content {
      create = timeouts.value.create
      update = timeouts.value.update
      delete = timeouts.value.delete
    }
  }

  tags = var.tags

  # For the same reasons as the service's own.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_lb_listener_rule.this,
    aws_vpc_security_group_egress_rule.alb_to_tasks,
    aws_vpc_security_group_egress_rule.tasks,
    aws_vpc_security_group_ingress_rule.from_alb,
  ]

  lifecycle {
    create_before_destroy = true

    postcondition {
      condition     = !var.fail_on_rollback || self.task_definition == aws_ecs_task_definition.this.arn
      error_message = "ECS did not keep the task definition that the canary was asked for. The events of ${self.name} and the lines of its stopped tasks say why."
    }
  }
}
