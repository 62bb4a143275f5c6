# Rules by which a header picks a side, and one negative run for each validation of them.

mock_provider "aws" {
  source = "../mocks"
}

variables {
  preview_header = { key = "0123456789abcdef" }
  weight         = 0
  fallback = {
    target_group_arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef"
    canary_target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith-c/0123456789abcdef"
    canary_weight           = 10
  }
  listener_rule = {
    priority           = 401
    path_patterns      = ["/orders/*"]
    methods            = ["POST"]
    preview_priorities = { new = 201, old = 301 }
  }
}

run "a_new_service_is_reached_at_weight_0_and_its_old_side_is_the_fallback" {
  command = apply

  variables {
    canary = {}
  }

  assert {
    condition     = { for name, rule in aws_lb_listener_rule.this : name => rule.priority } == { first = 401, first-new = 201, first-old = 301 }
    error_message = "There must be two rules beside the public one."
  }

  assert {
    condition     = [for one in aws_lb_listener_rule.this["first-new"].condition : one.http_header[0].values if length(one.http_header) > 0] == [toset(["new:0123456789abcdef"])]
    error_message = "The header must name side and key."
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["first-new"].condition) == 3 && length(aws_lb_listener_rule.this["first"].condition) == 2
    error_message = "A preview must take what its rule takes and nothing else."
  }

  assert {
    condition     = [for group in aws_lb_listener_rule.this["first-new"].action[0].forward[0].target_group : [group.arn, group.weight]] == [[aws_lb_target_group.this["this"].arn, 100]]
    error_message = "The new side must be the service's own tasks."
  }

  assert {
    condition     = { for group in aws_lb_listener_rule.this["first-old"].action[0].forward[0].target_group : group.arn => group.weight } == { (var.fallback.target_group_arn) = 90, (var.fallback.canary_target_group_arn) = 10 }
    error_message = "The old side must be whoever is fallen back on."
  }
}

run "a_new_revision_is_the_new_side_and_the_own_tasks_are_the_old_one" {
  command = apply

  variables {
    canary         = { desired_count = 2 }
    sticky_seconds = 60
  }

  assert {
    condition     = [for group in aws_lb_listener_rule.this["first-new"].action[0].forward[0].target_group : group.arn] == [aws_lb_target_group.canary["this"].arn]
    error_message = "The new side must be the canary."
  }

  assert {
    condition     = [for group in aws_lb_listener_rule.this["first-old"].action[0].forward[0].target_group : group.arn] == [aws_lb_target_group.this["this"].arn]
    error_message = "The old side must be the service's own tasks."
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["first-new"].action[0].forward[0].stickiness) == 0
    error_message = "Whoever picks a side must not be held by a cookie."
  }
}

run "without_a_fallback_both_sides_are_the_own_tasks" {
  command = plan

  variables {
    weight   = 100
    fallback = null
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["first-old"].action[0].forward[0].target_group) == 1 && length(aws_lb_listener_rule.this["first-new"].action[0].forward[0].target_group) == 1
    error_message = "Both sides must be the own tasks."
  }
}

run "additional_rules_have_previews_too" {
  command = plan

  variables {
    additional_listener_rules = { 14 = { priority = 414, path_patterns = ["/carts"], preview_priorities = { new = 214, old = 314 } } }
  }

  assert {
    condition     = keys(aws_lb_listener_rule.this) == ["14", "14-new", "14-old", "first", "first-new", "first-old"]
    error_message = "Each rule must have its previews."
  }
}

run "refuses_header_name_with_a_space" {
  command = plan

  variables {
    preview_header = { name = "X Canary", key = "0123456789abcdef" }
  }

  expect_failures = [var.preview_header]
}

run "refuses_short_key" {
  command = plan

  variables {
    preview_header = { key = "short" }
  }

  expect_failures = [var.preview_header]
}

run "refuses_previews_without_a_header" {
  command = plan

  variables {
    preview_header = null
  }

  expect_failures = [var.preview_header]
}

run "refuses_previews_after_their_rule" {
  command = plan

  variables {
    listener_rule = { priority = 401, path_patterns = ["/orders/*"], preview_priorities = { new = 201, old = 501 } }
  }

  expect_failures = [var.preview_header]
}

run "refuses_five_values_with_previews" {
  command = plan

  variables {
    listener_rule = {
      priority           = 401
      path_patterns      = ["/a", "/b", "/c", "/d", "/e"]
      preview_priorities = { new = 201, old = 301 }
    }
  }

  expect_failures = [var.preview_header]
}
