# What the module refuses of capacity, roles, network and rollout; tests/terraform checks that no validation lacks its negative run.

mock_provider "aws" {
  source = "../mocks"
}

run "refuses_service_name_with_a_dot" {
  command = plan

  variables {
    service_name = "shop.orders"
  }

  expect_failures = [var.service_name]
}

run "refuses_tag_name" {
  command = plan

  variables {
    tags = { Name = "x" }
  }

  expect_failures = [var.tags]
}

run "refuses_capacity_provider_of_instances" {
  command = plan

  variables {
    capacity_provider_strategy = { machines = { weight = 1 } }
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "refuses_weight_of_a_provider_above_1000" {
  command = plan

  variables {
    capacity_provider_strategy = { FARGATE = { weight = 1001 } }
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "refuses_two_bases" {
  command = plan

  variables {
    capacity_provider_strategy = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { base = 1 } }
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "refuses_strategy_without_a_weight" {
  command = plan

  variables {
    capacity_provider_strategy = { FARGATE = { base = 1 } }
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "refuses_commands_in_a_container_that_is_write_protected" {
  command = plan

  variables {
    enable_execute_command = true
  }

  expect_failures = [var.enable_execute_command]
}

run "refuses_role_path_without_its_end" {
  command = plan

  variables {
    role_path = "/shop"
  }

  expect_failures = [var.role_path]
}

run "refuses_boundary_that_is_no_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "refuses_egress_rule_named_as_a_port" {
  command = plan

  variables {
    egress_rules = { "443" = { port = 443, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress_rules]
}

run "refuses_egress_rule_of_another_protocol" {
  command = plan

  variables {
    egress_rules = { ping = { port = 8, protocol = "icmp", cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress_rules]
}

run "refuses_egress_rule_to_nowhere" {
  command = plan

  variables {
    egress_rules = { database = { port = 5432 } }
  }

  expect_failures = [var.egress_rules]
}

run "refuses_callers_of_a_worker" {
  command = plan

  variables {
    listener_arn               = null
    alb_security_group_id      = null
    listener_rule              = null
    ingress_security_group_ids = { checkout = "sg-1" }
  }

  expect_failures = [var.ingress_security_group_ids]
}

run "refuses_namespace_by_name" {
  command = plan

  variables {
    service_connect = { namespace_arn = "shop" }
  }

  expect_failures = [var.service_connect]
}

run "refuses_discovery_name_with_capitals" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", discovery_name = "Orders" }
  }

  expect_failures = [var.service_connect]
}

run "refuses_port_without_a_discovery_name" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", client_port = 80 }
  }

  expect_failures = [var.service_connect]
}

run "refuses_client_port_zero" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", discovery_name = "orders", client_port = 0 }
  }

  expect_failures = [var.service_connect]
}

run "refuses_no_alarm" {
  command = plan

  variables {
    deployment_alarms = { names = [] }
  }

  expect_failures = [var.deployment_alarms]
}

run "refuses_timeout_without_a_unit" {
  command = plan

  variables {
    timeouts = { create = "30" }
  }

  expect_failures = [var.timeouts]
}

run "refuses_listener_without_a_rule" {
  command = plan

  variables {
    listener_rule         = null
    alb_security_group_id = null
  }

  expect_failures = [var.listener_arn]
}

run "refuses_group_of_a_load_balancer_without_a_rule" {
  command = plan

  variables {
    listener_rule = null
    listener_arn  = null
  }

  expect_failures = [var.alb_security_group_id]
}

run "refuses_more_rules_without_the_first" {
  command = plan

  variables {
    listener_rule             = null
    listener_arn              = null
    alb_security_group_id     = null
    additional_listener_rules = { more = { priority = 2, path_patterns = ["/*"] } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_fallback_group_of_a_worker" {
  command = plan

  variables {
    listener_rule         = null
    listener_arn          = null
    alb_security_group_id = null
    fallback_group        = true
  }

  expect_failures = [var.fallback_group]
}

run "refuses_canary_of_a_worker" {
  command = plan

  variables {
    listener_rule         = null
    listener_arn          = null
    alb_security_group_id = null
    canary                = {}
  }

  expect_failures = [var.canary]
}

run "refuses_egress_to_an_ipv4_range_as_ipv6" {
  command = plan

  variables {
    egress_rules = { partner = { port = 443, cidr_ipv6 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress_rules]
}
