# Second tasks on which a new revision is tried, and what they may not be.

mock_provider "aws" {
  source = "../mocks"
}

run "without_a_canary_there_is_one_set_of_tasks" {
  command = plan

  assert {
    condition     = length(aws_ecs_service.canary) == 0 && length(aws_lb_target_group.canary) == 0 && !aws_ecs_task_definition.this.skip_destroy
    error_message = "A service has no canary unless it is asked for."
  }
}

run "a_canary_in_rest_has_no_tasks_and_no_requests" {
  variables {
    canary = {}
  }

  assert {
    condition     = aws_ecs_service.canary["this"].desired_count == 0 && aws_ecs_service.canary["this"].name == "shop-test-orders-c"
    error_message = "In rest a canary must cost nothing."
  }

  assert {
    condition     = toset([for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.weight]) == toset([100, 0]) && local.forward_to["self"].weight == 100
    error_message = "In rest the service's own tasks must get all requests, and the canary's group must be attached."
  }

  assert {
    condition     = aws_ecs_service.this.task_definition == aws_ecs_task_definition.this.arn && aws_ecs_service.canary["this"].task_definition == aws_ecs_task_definition.this.arn
    error_message = "In rest both must have the revision that is declared."
  }

  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy
    error_message = "A revision that may be held must stay registered."
  }
}

run "a_canary_gets_its_share_while_the_own_tasks_keep_their_revision" {
  variables {
    canary = {
      desired_count            = 2
      weight                   = 10
      held_task_definition_arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-test-orders:1"
    }
  }

  assert {
    condition     = aws_ecs_service.this.task_definition == "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-test-orders:1"
    error_message = "The own tasks must keep what they are told to hold."
  }

  assert {
    condition     = aws_ecs_service.canary["this"].task_definition == aws_ecs_task_definition.this.arn && aws_ecs_service.canary["this"].desired_count == 2
    error_message = "The canary must run the declared revision."
  }

  assert {
    condition     = toset([for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.weight]) == toset([90, 10]) && local.forward_to["canary"].weight == 10
    error_message = "The canary must get its weight, the own tasks the rest."
  }

  assert {
    condition     = output.task_definition_arn == aws_ecs_service.this.task_definition && output.canary_task_definition_arn == aws_ecs_task_definition.this.arn
    error_message = "The outputs must name what each was asked for."
  }
}

run "a_fallback_shares_with_its_own_canary" {
  command = plan

  variables {
    sticky_seconds = 3600
    weight         = 40
    canary         = { desired_count = 2, weight = 50, held_task_definition_arn = "" }
    fallback = {
      target_group_arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef"
      canary_target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith-c/0123456789abcdef"
      canary_weight           = 10
    }
  }

  assert {
    condition     = local.forward_to["self"].weight == 20 && local.forward_to["canary"].weight == 20 && local.forward_to["fallback"].weight == 54 && local.forward_to["fallback_canary"].weight == 6
    error_message = "Each of the four must get its part of a hundred."
  }

  assert {
    condition     = [for one in aws_lb_listener_rule.this["first"].action[0].forward[0].stickiness : [one.enabled, one.duration]] == [[true, 3600]]
    error_message = "A visitor must stay where the rule sent it first."
  }
}

run "refuses_half_a_canary_task" {
  command = plan

  variables {
    canary = { desired_count = 0.5 }
  }

  expect_failures = [var.canary]
}

run "refuses_a_canary_weight_of_101" {
  command = plan

  variables {
    canary = { desired_count = 1, weight = 101 }
  }

  expect_failures = [var.canary]
}

run "refuses_requests_to_a_canary_without_tasks" {
  command = plan

  variables {
    canary = { weight = 10 }
  }

  expect_failures = [var.canary]
}

run "refuses_to_hold_what_is_no_task_definition" {
  command = plan

  variables {
    canary = { held_task_definition_arn = "shop-test-orders:1" }
  }

  expect_failures = [var.canary]
}

run "refuses_a_canary_of_a_name_of_31_characters" {
  command = plan

  variables {
    name   = "shop-test-a-name-of-31-charact1"
    canary = {}
  }

  expect_failures = [var.canary]
}

run "refuses_a_fallback_canary_weight_below_zero" {
  command = plan

  variables {
    weight = 10
    fallback = {
      target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef"
      canary_weight    = -1
    }
  }

  expect_failures = [var.fallback]
}
