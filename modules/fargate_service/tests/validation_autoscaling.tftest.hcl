# What Application Auto Scaling would not take, and what the edition without scaling does not.

mock_provider "aws" {
  source = "../mocks"
}

run "refuses_autoscaling_where_terraform_sets_the_number" {
  command = plan

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_the_edition_without_autoscaling" {
  command = plan

  module {
    source = "./autoscaled"
  }

  expect_failures = [var.autoscaling]
}

run "refuses_to_begin_out_of_bounds" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    desired_count = 9
    autoscaling   = { min_capacity = 2, max_capacity = 6, cpu = { target = 60 } }
  }

  expect_failures = [aws_appautoscaling_target.this]
}

run "refuses_to_track_requests_that_nobody_counts" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    listener_arn          = null
    listener_rule         = null
    alb_security_group_id = null
    autoscaling           = { min_capacity = 2, max_capacity = 6, requests_per_target = { target = 900 } }
  }

  expect_failures = [aws_appautoscaling_target.this]
}

run "refuses_a_maximum_below_the_minimum" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 1, cpu = { target = 60 } }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_bounds_within_which_nothing_scales" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6 }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_target_of_more_than_all_cpu" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 120 } }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_negative_cooldown" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60, scale_in_cooldown_seconds = -1 } }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_an_unknown_adjustment" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = {
      min_capacity = 2
      max_capacity = 6
      steps        = { rush = { alarm = { metric_name = "CPUUtilization", threshold = 70 }, adjustment_type = "Double", adjustments = [{ scaling_adjustment = 1, from = 0 }] } }
    }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_step_without_an_interval" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = {
      min_capacity = 2
      max_capacity = 6
      steps        = { rush = { alarm = { metric_name = "CPUUtilization", threshold = 70 }, adjustments = [{ scaling_adjustment = 1 }] } }
    }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_schedule_that_changes_nothing" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, schedules = { morning = { schedule = "cron(0 8 * * ? *)" } } }
  }

  expect_failures = [var.autoscaling]
}
