# Where the lines of the tasks go, and what a log group may not be.

mock_provider "aws" {
  source = "../mocks"
}

run "log_lines_go_to_a_group_that_forgets" {
  assert {
    condition     = aws_cloudwatch_log_group.this["own"].name == "/shop/test/orders" && aws_cloudwatch_log_group.this["own"].retention_in_days == 14
    error_message = "The log group must keep lines for 14 days."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options.awslogs-group == "/shop/test/orders"
    error_message = "The container must log to the group."
  }
}

run "lines_go_to_the_log_group_that_is_given" {
  variables {
    log_group_name = null
    log_group      = { name = "/shared/orders", arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shared/orders" }
  }

  assert {
    condition     = length(aws_cloudwatch_log_group.this) == 0
    error_message = "A log group of the module's own would go with the service."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options.awslogs-group == "/shared/orders"
    error_message = "The container must write to the log group that is given."
  }

  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.execution.policy).Statement[0].Resource, "arn:aws:logs:us-east-1:123456789012:log-group:/shared/orders:log-stream:task/*")
    error_message = "The execution role must be able to write to the log group that is given."
  }

  assert {
    condition     = output.log_group_name == "/shared/orders"
    error_message = "The output must name the log group in use."
  }
}

run "refuses_log_group_with_a_space" {
  command = plan

  variables {
    log_group_name = "my logs"
  }

  expect_failures = [var.log_group_name]
}

run "refuses_a_log_group_of_its_own_beside_a_given_one" {
  command = plan

  variables {
    log_group = { name = "/shop/test/orders", arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shop/test/orders" }
  }

  expect_failures = [var.log_group_name]
}

run "refuses_no_log_group_at_all" {
  command = plan

  variables {
    log_group_name = null
  }

  expect_failures = [var.log_group_name]
}

run "refuses_retention_that_cloudwatch_lacks" {
  command = plan

  variables {
    log_retention_days = 13
  }

  expect_failures = [var.log_retention_days]
}
