# Application Auto Scaling sets the number of the service's own tasks. The edition in autoscaled/ is these files and an
# override: Terraform takes no condition in `lifecycle`, and a second resource for the flag would have another address, so
# that turning scaling on or off would end the service's tasks.

locals {
  # Whether lifecycle.ignore_changes has desired_count; autoscaled/autoscaled_override.tf says true.
  leaves_desired_count_alone = false

  scaled    = module.typed.autoscaling == null ? {} : { this = module.typed.autoscaling }
  steps     = module.typed.autoscaling == null ? {} : module.typed.autoscaling.steps
  schedules = module.typed.autoscaling == null ? {} : module.typed.autoscaling.schedules

  # Policies that track a target, by the name of their input.
  tracked = module.typed.autoscaling == null ? {} : { for name, policy in {
    cpu                 = module.typed.autoscaling.cpu
    memory              = module.typed.autoscaling.memory
    requests_per_target = module.typed.autoscaling.requests_per_target
  } : name => policy if policy != null }

  predefined_metrics = {
    cpu                 = "ECSServiceAverageCPUUtilization"
    memory              = "ECSServiceAverageMemoryUtilization"
    requests_per_target = "ALBRequestCountPerTarget"
  }

  cluster_name       = element(split("/", var.cluster_arn), -1)
  load_balancer_name = try(regex("listener/(app/[^/]+/[^/]+)/", var.listener_arn)[0], "")
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${local.cluster_name}/${aws_ecs_service.this.name}"
  min_capacity       = each.value.min_capacity
  max_capacity       = each.value.max_capacity
  tags               = var.tags

  # While requests are shared the own tasks have fewer of them, and would be gone when they come back.
  suspended_state {
    dynamic_scaling_in_suspended  = try(module.typed.canary.desired_count > 0, false) || (var.weight > 0 && var.weight < 100) || each.value.scale_in_suspended
    dynamic_scaling_out_suspended = false
    scheduled_scaling_suspended   = false
  }

  lifecycle {
    precondition {
      condition     = var.desired_count >= each.value.min_capacity && var.desired_count <= each.value.max_capacity
      error_message = "desired_count, with which the service begins, must be from autoscaling.min_capacity to max_capacity."
    }

    precondition {
      condition     = each.value.requests_per_target == null || local.is_load_balanced
      error_message = "autoscaling.requests_per_target needs a listener_rule: without a load balancer nobody counts requests."
    }
  }
}

resource "aws_appautoscaling_policy" "tracking" {
  for_each = local.tracked

  name               = "${var.name}-${replace(each.key, "_", "-")}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this["this"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["this"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["this"].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = each.value.scale_out_cooldown_seconds
    scale_in_cooldown  = each.value.scale_in_cooldown_seconds
    disable_scale_in   = each.value.disable_scale_in

    predefined_metric_specification {
      predefined_metric_type = local.predefined_metrics[each.key]
      resource_label         = each.key == "requests_per_target" ? "${local.load_balancer_name}/${one([for group in aws_lb_target_group.this : group.arn_suffix])}" : null
    }
  }
}

resource "aws_appautoscaling_policy" "step" {
  for_each = local.steps

  name               = "${var.name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this["this"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["this"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["this"].resource_id

  step_scaling_policy_configuration {
    adjustment_type          = each.value.adjustment_type
    cooldown                 = each.value.cooldown_seconds
    metric_aggregation_type  = "Average"
    min_adjustment_magnitude = each.value.min_adjustment_magnitude

    dynamic "step_adjustment" {
      for_each = each.value.adjustments

      content {
        scaling_adjustment          = step_adjustment.value.scaling_adjustment
        metric_interval_lower_bound = step_adjustment.value.from
        metric_interval_upper_bound = step_adjustment.value.to
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "step" {
  for_each = local.steps

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Triggers the scaling policy ${each.key} of ${var.name}"
  namespace           = each.value.alarm.namespace
  metric_name         = each.value.alarm.metric_name
  dimensions          = each.value.alarm.dimensions != null ? each.value.alarm.dimensions : { ClusterName = local.cluster_name, ServiceName = aws_ecs_service.this.name }
  statistic           = each.value.alarm.statistic
  comparison_operator = each.value.alarm.comparison_operator
  threshold           = each.value.alarm.threshold
  period              = each.value.alarm.period_seconds
  evaluation_periods  = each.value.alarm.evaluation_periods
  alarm_actions       = [aws_appautoscaling_policy.step[each.key].arn]
  tags                = var.tags
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each = local.schedules

  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.this["this"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["this"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["this"].resource_id
  schedule           = each.value.schedule
  timezone           = each.value.timezone
  start_time         = each.value.start_time
  end_time           = each.value.end_time

  scalable_target_action {
    min_capacity = each.value.min_capacity
    max_capacity = each.value.max_capacity
  }
}
