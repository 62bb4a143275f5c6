# A second load balancer inside the VPC, by which others call some paths of the service.

mock_provider "aws" {
  source = "../mocks"
}

# The mocks have one ARN for all groups, of which the service would be in one.
override_resource {
  target = aws_lb_target_group.internal["self"]
  values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/mock-i/0123456789abcdef" }
}

override_resource {
  target = aws_lb_target_group.internal["canary"]
  values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/mock-n/0123456789abcdef" }
}

variables {
  open_alb_to_tasks         = true
  additional_listener_rules = { inside = { priority = 2, path_patterns = ["/orders/*/inside-*"] } }
  internal_listener = {
    arn               = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop-test-internal/0123456789abcdef/0123456789abcdef"
    security_group_id = "sg-internal"
    rules             = ["inside"]
  }
}

run "without_it_there_is_one_load_balancer" {
  command = plan

  variables {
    additional_listener_rules = {}
    internal_listener         = null
  }

  assert {
    condition     = length(aws_lb_target_group.internal) == 0 && length(aws_ecs_service.this.load_balancer) == 1
    error_message = "A service has no second target group unless there is a second listener."
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.from_alb) == ["this"] && keys(aws_vpc_security_group_egress_rule.alb_to_tasks) == ["this"]
    error_message = "Only the one load balancer may call the tasks."
  }
}

run "the_same_tasks_are_behind_both_and_only_the_named_rule_is_inside" {
  assert {
    condition     = aws_lb_target_group.internal["self"].name == "shop-test-orders-i" && length(aws_lb_target_group.internal) == 1
    error_message = "The second group must go by the service's name and -i."
  }

  assert {
    condition     = contains(aws_ecs_service.this.load_balancer[*].target_group_arn, aws_lb_target_group.internal["self"].arn) && length(aws_ecs_service.this.load_balancer) == 2
    error_message = "Every task must be in both groups."
  }

  assert {
    condition     = aws_lb_listener_rule.this["inside"].listener_arn == var.internal_listener.arn && aws_lb_listener_rule.this["first"].listener_arn == var.listener_arn
    error_message = "The rule that is named must stand on the second listener, and the first on the first."
  }

  assert {
    condition     = keys(local.rules["inside"].forward_to) == ["self"] && local.rules["inside"].forward_to.self.weight == 100
    error_message = "What comes inside must go to the second group alone."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.from_alb["internal"].referenced_security_group_id == "sg-internal" && aws_vpc_security_group_egress_rule.alb_to_tasks["internal"].security_group_id == "sg-internal"
    error_message = "The second load balancer must be able to call the tasks."
  }

  assert {
    condition     = aws_lb_target_group.internal["self"].deregistration_delay == aws_lb_target_group.this["this"].deregistration_delay && aws_lb_target_group.internal["self"].health_check == aws_lb_target_group.this["this"].health_check
    error_message = "Tasks must be drained and checked alike in both groups."
  }
}

run "a_canary_gets_its_share_inside_too" {
  variables {
    canary = { desired_count = 2, weight = 10 }
  }

  assert {
    condition     = aws_lb_target_group.internal["canary"].name == "shop-test-orders-n" && contains(aws_ecs_service.canary["this"].load_balancer[*].target_group_arn, aws_lb_target_group.internal["canary"].arn)
    error_message = "The canary's tasks must be in a second group, by the service's name and -n."
  }

  assert {
    condition     = { for name, one in local.rules["inside"].forward_to : name => one.weight } == { self = 90, canary = 10 }
    error_message = "The canary must get its weight of what comes inside."
  }
}

run "what_falls_back_on_another_service_does_not_do_so_inside" {
  variables {
    weight   = 0
    fallback = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" }
  }

  assert {
    condition     = { for name, one in local.rules["inside"].forward_to : name => one.weight } == { self = 100 }
    error_message = "A target group of the first load balancer must not be in a rule of the second."
  }
}

run "tasks_that_leave_are_in_the_groups_of_the_first_load_balancer_only" {
  variables {
    canary = {}
    internal_listener = {
      arn               = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop-test-internal/0123456789abcdef/0123456789abcdef"
      security_group_id = "sg-internal"
      rules             = ["inside"]
      registers         = false
    }
  }

  assert {
    condition     = length(aws_ecs_service.this.load_balancer) == 1 && length(aws_ecs_service.canary["this"].load_balancer) == 1
    error_message = "No task may be in a group that is about to go."
  }

  assert {
    condition     = keys(aws_lb_target_group.internal) == ["canary", "self"] && aws_lb_listener_rule.this["inside"].listener_arn == var.internal_listener.arn
    error_message = "Groups and rule must stay until no task is in them."
  }
}

run "rules_that_there_are_not" {
  command = plan

  variables {
    additional_listener_rules = {}
  }

  expect_failures = [var.internal_listener]
}

run "a_rule_inside_with_previews" {
  command = plan

  variables {
    preview_header            = { key = "0123456789abcdef" }
    additional_listener_rules = { inside = { priority = 3, path_patterns = ["/orders/*"], preview_priorities = { new = 1, old = 2 } } }
  }

  expect_failures = [var.internal_listener]
}

run "a_load_balancer_in_the_place_of_its_listener" {
  command = plan

  variables {
    internal_listener = {
      arn               = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop-test-internal/0123456789abcdef"
      security_group_id = "sg-internal"
      rules             = ["inside"]
    }
  }

  expect_failures = [var.internal_listener]
}

run "a_name_that_leaves_no_room_for_the_suffix" {
  command = plan

  variables {
    name = "a-name-of-thirty-one-characters"
  }

  expect_failures = [var.internal_listener]
}
