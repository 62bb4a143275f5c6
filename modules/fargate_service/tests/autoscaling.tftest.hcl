# Who sets the number of tasks: Terraform, or Application Auto Scaling in the edition that leaves it alone.

mock_provider "aws" {
  source = "../mocks"
}

run "a_fixed_number_of_tasks_is_made" {
  state_key = "one_service"

  assert {
    condition     = aws_ecs_service.this.desired_count == 2 && length(aws_appautoscaling_target.this) == 0
    error_message = "Without autoscaling the number of tasks must be the declared one, and nothing may scale."
  }
}

run "a_fixed_number_of_tasks_is_set_by_terraform" {
  state_key = "one_service"

  variables {
    desired_count = 3
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 3
    error_message = "Without autoscaling another desired_count must be set."
  }
}

run "scaling_is_turned_on_without_ending_the_service" {
  state_key = "one_service"

  module {
    source = "./autoscaled"
  }

  variables {
    desired_count = 2
    autoscaling   = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  assert {
    condition     = aws_ecs_service.this.id == run.a_fixed_number_of_tasks_is_made.service_arn
    error_message = "Turning scaling on must not replace the service."
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 3
    error_message = "With autoscaling the number of tasks must stay what it is."
  }
}

run "scaling_is_turned_off_without_ending_the_service" {
  state_key = "one_service"

  assert {
    condition     = aws_ecs_service.this.id == run.a_fixed_number_of_tasks_is_made.service_arn && aws_ecs_service.this.desired_count == 2
    error_message = "Turning scaling off must keep the service and set the declared number of tasks."
  }
}

run "three_targets_are_tracked" {
  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = {
      min_capacity        = 1
      max_capacity        = 8
      cpu                 = { target = 60 }
      memory              = { target = 75, disable_scale_in = true }
      requests_per_target = { target = 1500, scale_out_cooldown_seconds = 30, scale_in_cooldown_seconds = 120 }
    }
  }

  assert {
    condition     = aws_appautoscaling_target.this["this"].resource_id == "service/shop-test/shop-test-orders" && aws_appautoscaling_target.this["this"].min_capacity == 1 && aws_appautoscaling_target.this["this"].max_capacity == 8
    error_message = "The service must be the scalable target, within its bounds."
  }

  assert {
    condition     = { for name, policy in aws_appautoscaling_policy.tracking : name => policy.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type } == local.predefined_metrics
    error_message = "Each input must track its own metric."
  }

  assert {
    condition     = aws_appautoscaling_policy.tracking["requests_per_target"].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].resource_label == "app/shop-test/0123456789abcdef/${aws_lb_target_group.this["this"].arn_suffix}"
    error_message = "Requests must be those of the service's own target group at its load balancer."
  }

  assert {
    condition     = [for name in ["cpu", "requests_per_target"] : [aws_appautoscaling_policy.tracking[name].target_tracking_scaling_policy_configuration[0].scale_out_cooldown, aws_appautoscaling_policy.tracking[name].target_tracking_scaling_policy_configuration[0].scale_in_cooldown]] == [[120, 300], [30, 120]]
    error_message = "Cooldowns must be those asked for."
  }

  assert {
    condition     = aws_appautoscaling_policy.tracking["memory"].target_tracking_scaling_policy_configuration[0].disable_scale_in && !aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_in_suspended
    error_message = "Scaling in must be off where that is asked for, and nowhere else."
  }
}

run "steps_are_triggered_by_alarms_and_schedules_move_the_bounds" {
  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = {
      min_capacity = 2
      max_capacity = 8
      steps = {
        rush = {
          alarm       = { metric_name = "CPUUtilization", threshold = 70 }
          adjustments = [{ scaling_adjustment = 1, from = 0, to = 20 }, { scaling_adjustment = 3, from = 20 }]
        }
        backlog = {
          alarm           = { metric_name = "ApproximateNumberOfMessagesVisible", namespace = "AWS/SQS", dimensions = { QueueName = "orders" }, threshold = 100 }
          adjustment_type = "PercentChangeInCapacity"
          adjustments     = [{ scaling_adjustment = 50, from = 0 }]
        }
      }
      schedules = { morning = { schedule = "cron(0 8 ? * MON-FRI *)", timezone = "Europe/Berlin", min_capacity = 4 } }
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.step["rush"].alarm_actions == toset([aws_appautoscaling_policy.step["rush"].arn]) && aws_cloudwatch_metric_alarm.step["rush"].dimensions == tomap({ ClusterName = "shop-test", ServiceName = "shop-test-orders" })
    error_message = "A step's alarm must watch the service and trigger its policy."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.step["backlog"].dimensions == tomap({ QueueName = "orders" }) && aws_cloudwatch_metric_alarm.step["backlog"].namespace == "AWS/SQS"
    error_message = "A step's alarm may watch something else."
  }

  assert {
    condition     = toset([for step in aws_appautoscaling_policy.step["rush"].step_scaling_policy_configuration[0].step_adjustment : "${step.metric_interval_lower_bound}:${step.scaling_adjustment}"]) == toset(["0:1", "20:3"])
    error_message = "A step's adjustments must be those asked for."
  }

  assert {
    condition     = aws_appautoscaling_scheduled_action.this["morning"].timezone == "Europe/Berlin" && aws_appautoscaling_scheduled_action.this["morning"].scalable_target_action[0].min_capacity == "4"
    error_message = "A schedule must move the bound it names, at the time of its zone."
  }
}

run "the_own_tasks_stay_while_a_canary_has_their_requests" {
  module {
    source = "./autoscaled"
  }

  variables {
    canary      = { desired_count = 2, weight = 50 }
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  assert {
    condition     = aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_in_suspended && !aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_out_suspended
    error_message = "Beside a canary the own tasks must not be scaled in, and may be scaled out."
  }

  assert {
    condition     = aws_ecs_service.canary["this"].desired_count == 2
    error_message = "The canary's tasks must stay Terraform's."
  }
}

run "the_own_tasks_stay_while_the_fallback_has_a_part_of_their_requests" {
  module {
    source = "./autoscaled"
  }

  variables {
    weight      = 50
    fallback    = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/monolith/1" }
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  assert {
    condition     = aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_in_suspended
    error_message = "Tasks whose requests may come back must not be scaled in."
  }
}

run "a_service_that_has_nothing_yet_may_be_scaled_in" {
  module {
    source = "./autoscaled"
  }

  variables {
    weight      = 0
    fallback    = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/monolith/1" }
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  assert {
    condition     = !aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_in_suspended
    error_message = "Tasks without requests are no reserve for anybody."
  }
}

run "tasks_to_which_requests_of_others_may_come_back_stay" {
  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 }, scale_in_suspended = true }
  }

  assert {
    condition     = aws_appautoscaling_target.this["this"].suspended_state[0].dynamic_scaling_in_suspended
    error_message = "scale_in_suspended must keep the tasks that there are."
  }
}
