# One negative run for each validation; tests/terraform checks that none is missing.

mock_provider "aws" {
  source = "../mocks"
}

# Every condition that a rule may have

run "one_condition_of_each_kind" {
  command = plan

  variables {
    listener_rule = {
      priority      = 5
      methods       = ["POST"]
      host_headers  = ["*.example.com"]
      http_headers  = { "X-Shop" = ["new"] }
      query_strings = [{ key = "page", value = "1" }]
      source_ips    = ["10.0.0.0/8"]
    }
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["first"].condition) == 5
    error_message = "Each kind must be a condition of its own."
  }

  assert {
    condition     = [for one in aws_lb_listener_rule.this["first"].condition : one.http_request_method[0].values if length(one.http_request_method) > 0] == [toset(["POST"])]
    error_message = "The method must be a condition."
  }

  assert {
    condition     = [for one in aws_lb_listener_rule.this["first"].condition : [for pair in one.query_string : [pair.key, pair.value]] if length(one.query_string) > 0] == [[["page", "1"]]]
    error_message = "The query string must be a condition."
  }
}

run "another_method_of_another_path_is_another_rule" {
  command = plan

  variables {
    listener_rule             = { priority = 1, path_patterns = ["/orders"], methods = ["POST"] }
    additional_listener_rules = { 14 = { priority = 14, path_patterns = ["/orders/*"], methods = ["GET", "HEAD"] } }
    weight                    = 10
    fallback                  = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" }
  }

  assert {
    condition     = { for name, rule in aws_lb_listener_rule.this : name => rule.priority } == { first = 1, 14 = 14 }
    error_message = "The rule must be there under its name."
  }

  assert {
    condition     = toset([for group in aws_lb_listener_rule.this["14"].action[0].forward[0].target_group : group.weight]) == toset([10, 90])
    error_message = "Every rule must share its requests in the same way."
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["first"].condition) == 2
    error_message = "Path and method must both be conditions."
  }
}

run "refuses_priority_zero" {
  command = plan

  variables {
    listener_rule = { priority = 0, path_patterns = ["/*"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_rule_without_conditions" {
  command = plan

  variables {
    listener_rule = { priority = 5 }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_six_values" {
  command = plan

  variables {
    listener_rule = { priority = 5, path_patterns = ["/a", "/b", "/c"], methods = ["GET", "HEAD"], source_ips = ["10.0.0.0/8"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_pattern_with_a_space" {
  command = plan

  variables {
    listener_rule = { priority = 5, path_patterns = ["/my shop"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_method_in_small_letters" {
  command = plan

  variables {
    listener_rule = { priority = 5, methods = ["get"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_host_without_a_dot" {
  command = plan

  variables {
    listener_rule = { priority = 5, host_headers = ["shop"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_header_name_with_a_wildcard" {
  command = plan

  variables {
    listener_rule = { priority = 5, path_patterns = ["/*"], http_headers = { "X-*" = ["a"] } }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_header_without_values" {
  command = plan

  variables {
    listener_rule = { priority = 5, path_patterns = ["/*"], http_headers = { "X-Shop" = [] } }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_empty_query_string" {
  command = plan

  variables {
    listener_rule = { priority = 5, query_strings = [{ key = "page", value = "" }] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_address_that_is_no_block" {
  command = plan

  variables {
    listener_rule = { priority = 5, source_ips = ["10.0.0.0"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_additional_priority_zero" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 0, path_patterns = ["/*"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_rule_without_conditions" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5 } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_six_values" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, path_patterns = ["/a", "/b", "/c"], methods = ["GET", "HEAD"], source_ips = ["10.0.0.0/8"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_pattern_with_a_space" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, path_patterns = ["/my shop"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_method_in_small_letters" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, methods = ["get"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_host_without_a_dot" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, host_headers = ["shop"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_header_name_with_a_wildcard" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, path_patterns = ["/*"], http_headers = { "X-*" = ["a"] } } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_header_without_values" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, path_patterns = ["/*"], http_headers = { "X-Shop" = [] } } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_empty_query_string" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, query_strings = [{ key = "page", value = "" }] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_additional_address_that_is_no_block" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 5, source_ips = ["10.0.0.0"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_two_rules_of_one_priority" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 1, path_patterns = ["/*"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_the_name_of_the_first_rule" {
  command = plan

  variables {
    additional_listener_rules = { first = { priority = 14, path_patterns = ["/*"] } }
  }

  expect_failures = [var.additional_listener_rules]
}
