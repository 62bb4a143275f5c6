# A second target group for the paths of services that fall back on this one.

mock_provider "aws" {
  source = "../mocks"
}

run "without_it_there_is_one_target_group" {
  command = plan

  assert {
    condition     = length(aws_lb_target_group.fallback) == 0 && length(aws_ecs_service.this.load_balancer) == 1 && output.fallback_target_group_arn == null
    error_message = "A service has no group for others unless it is asked for."
  }
}

run "the_same_tasks_are_in_both_and_the_own_rule_only_knows_the_second" {
  variables {
    fallback_group = true
  }

  assert {
    condition     = aws_lb_target_group.fallback["this"].name == "shop-test-orders-f"
    error_message = "The second group must go by the service's name and -f."
  }

  assert {
    condition     = toset([for balancer in aws_ecs_service.this.load_balancer : balancer.target_group_arn]) == toset([aws_lb_target_group.this["this"].arn, aws_lb_target_group.fallback["this"].arn])
    error_message = "Every task must be in both groups."
  }

  assert {
    condition     = toset([for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.weight]) == toset([100, 0]) && local.forward_to["self"].weight == 100 && local.forward_to["fallback_this"].weight == 0
    error_message = "The service's own requests must go to its own group, and the load balancer must know the second."
  }

  assert {
    condition     = output.fallback_target_group_arn == aws_lb_target_group.fallback["this"].arn
    error_message = "Others must be able to fall back on the second group."
  }

  assert {
    condition     = aws_lb_target_group.fallback["this"].deregistration_delay == aws_lb_target_group.this["this"].deregistration_delay && aws_lb_target_group.fallback["this"].health_check == aws_lb_target_group.this["this"].health_check
    error_message = "Tasks must be drained and checked alike in both groups."
  }
}

run "a_name_that_leaves_no_room_for_the_suffix" {
  command = plan

  variables {
    name           = "a-name-of-thirty-one-characters"
    fallback_group = true
  }

  expect_failures = [var.fallback_group]
}
