# An attribute that is not known is refused: Terraform's types would drop it without a word.

mock_provider "aws" {
  source = "../mocks"
}

run "refuses_a_host_that_would_vanish_from_a_rule_for_every_path" {
  command = plan

  variables {
    listener_rule = { priority = 5, path_patterns = ["/*"], host_header = ["shop.example.com"] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_an_unknown_attribute_of_a_query_string" {
  command = plan

  variables {
    listener_rule = { priority = 5, query_strings = [{ name = "page", value = "1" }] }
  }

  expect_failures = [var.listener_rule]
}

run "refuses_an_unknown_attribute_of_an_additional_rule" {
  command = plan

  variables {
    additional_listener_rules = {
      known = { priority = 5, path_patterns = ["/a"] }
      more  = { priority = 6, path_patterns = ["/*"], host_header = ["shop.example.com"] }
    }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_an_unknown_attribute_of_a_preview" {
  command = plan

  variables {
    additional_listener_rules = { more = { priority = 6, path_patterns = ["/*"], preview_priorities = { new = 2, old = 3, both = 4 } } }
  }

  expect_failures = [var.additional_listener_rules]
}

run "refuses_an_unknown_attribute_of_a_way_out" {
  command = plan

  variables {
    egress_rules = { database = { port = 5432, ports = 5440, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress_rules]
}

run "refuses_an_unknown_attribute_of_a_sidecar" {
  command = plan

  variables {
    sidecars = { agent = { image = "agent:1", readonly_root_fs = false } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_an_unknown_attribute_of_a_sidecars_mount_point" {
  command = plan

  variables {
    volumes  = { scratch = {} }
    sidecars = { agent = { image = "agent:1", mount_points = { scratch = { container_path = "/tmp", readonly = true } } } }
  }

  expect_failures = [var.sidecars]
}

run "refuses_a_file_system_that_would_vanish_from_a_volume" {
  command = plan

  variables {
    volumes = { media = { elastic = { file_system_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1" } } }
  }

  expect_failures = [var.volumes]
}

run "refuses_an_unknown_attribute_of_a_mount_point" {
  command = plan

  variables {
    volumes      = { scratch = {} }
    mount_points = { scratch = { container_path = "/tmp", readonly = true } }
  }

  expect_failures = [var.mount_points]
}

run "refuses_an_unknown_attribute_of_scaling" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = 2, max_capacity = 6, cpu = { target = 60, scale_in_cooldown = 900 } }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_an_unknown_attribute_of_a_step" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = {
      min_capacity = 2
      max_capacity = 6
      steps        = { queue = { alarm = { metric_name = "Depth", threshold = 9, periods = 3 }, adjustments = [{ scaling_adjustment = 1, from = 0 }] } }
    }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_an_unknown_attribute_of_any_other_object" {
  command = plan

  variables {
    additional_listener_rules  = { inside = { priority = 6, path_patterns = ["/inside"] } }
    canary                     = { desired_count = 1, wait = 10 }
    capacity_provider_strategy = { FARGATE = { weight = 1, bases = 1 } }
    container_health_check     = { command = ["CMD", "true"], tries = 2 }
    deployment_alarms          = { names = ["errors"], roll_back = false }
    fallback                   = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef", weight = 10 }
    health_check               = { path = "/", port = 80 }
    internal_listener          = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/inside/0123456789abcdef/0123456789abcdef", security_group_id = "sg-1", rules = ["inside"], register = false }
    log_group_name             = null
    log_group                  = { name = "/shop", arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shop", retention_days = 7 }
    preview_header             = { key = "0123456789abcdef", header = "X-Side" }
    service_connect            = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", client_ports = 80 }
    timeouts                   = { read = "5m" }
  }

  expect_failures = [
    var.canary,
    var.capacity_provider_strategy,
    var.container_health_check,
    var.deployment_alarms,
    var.fallback,
    var.health_check,
    var.internal_listener,
    var.log_group,
    var.preview_header,
    var.service_connect,
    var.timeouts,
  ]
}

# A type gives every attribute that it knows, so what one made of a value with one of each tells what has to be known.
run "knows_the_attributes_of_the_types_and_no_others" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    listener_rule  = { priority = 5, query_strings = [{ value = "1" }], preview_priorities = { new = 2, old = 3 } }
    preview_header = { key = "0123456789abcdef" }
    egress_rules   = { database = { port = 5432, cidr_ipv4 = "10.0.0.0/16" } }
    volumes        = { scratch = {}, media = { efs = { file_system_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1" } } }
    mount_points   = { scratch = { container_path = "/tmp" } }
    sidecars       = { agent = { image = "agent:1", health_check = { command = ["CMD", "true"] }, mount_points = { scratch = { container_path = "/tmp" } } } }
    autoscaling = {
      min_capacity        = 2
      max_capacity        = 6
      cpu                 = { target = 60 }
      memory              = { target = 60 }
      requests_per_target = { target = 60 }
      steps               = { queue = { alarm = { metric_name = "Depth", threshold = 9 }, adjustments = [{ scaling_adjustment = 1, from = 0 }] } }
      schedules           = { night = { schedule = "cron(0 20 * * ? *)", max_capacity = 2 } }
    }
    additional_listener_rules  = { inside = { priority = 6, path_patterns = ["/inside"] } }
    canary                     = {}
    capacity_provider_strategy = { FARGATE = { weight = 1 } }
    container_health_check     = { command = ["CMD", "true"] }
    deployment_alarms          = { names = ["errors"] }
    fallback                   = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef" }
    internal_listener          = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/inside/0123456789abcdef/0123456789abcdef", security_group_id = "sg-1", rules = ["inside"] }
    log_group_name             = null
    log_group                  = { name = "/shop", arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shop" }
    service_connect            = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1" }
    timeouts                   = {}
  }

  assert {
    condition = toset(local.known.rule) == toset(flatten([
      keys(module.typed.listener_rule),
      [for name in keys(one(module.typed.listener_rule.query_strings)) : "query_strings.${name}"],
      [for name in keys(module.typed.listener_rule.preview_priorities) : "preview_priorities.${name}"],
    ]))
    error_message = "local.known.rule must be the attributes of the type."
  }

  assert {
    condition     = toset(local.known.volume) == toset(concat(keys(module.typed.volumes.media), [for name in keys(module.typed.volumes.media.efs) : "efs.${name}"]))
    error_message = "local.known.volume must be the attributes of the type."
  }

  assert {
    condition     = toset(local.known.mount_point) == toset(keys(module.typed.mount_points.scratch))
    error_message = "local.known.mount_point must be the attributes of the type."
  }

  assert {
    condition     = toset(local.known.egress_rule) == toset(keys(module.typed.egress_rules.database))
    error_message = "local.known.egress_rule must be the attributes of the type."
  }

  assert {
    condition = toset(local.known.sidecar) == toset(flatten([
      keys(module.typed.sidecars.agent),
      [for name in keys(module.typed.sidecars.agent.health_check) : "health_check.${name}"],
      [for name in keys(module.typed.sidecars.agent.mount_points.scratch) : "mount_points.${name}"],
    ]))
    error_message = "local.known.sidecar must be the attributes of the type."
  }

  assert {
    condition = toset(local.known.autoscaling) == toset(flatten([
      keys(module.typed.autoscaling),
      [for policy in ["cpu", "memory", "requests_per_target"] : [for name in keys(module.typed.autoscaling[policy]) : "${policy}.${name}"]],
      [for name in keys(module.typed.autoscaling.steps.queue) : "steps.${name}"],
      [for name in keys(module.typed.autoscaling.steps.queue.alarm) : "steps.alarm.${name}"],
      [for name in keys(module.typed.autoscaling.steps.queue.adjustments[0]) : "steps.adjustments.${name}"],
      [for name in keys(module.typed.autoscaling.schedules.night) : "schedules.${name}"],
    ]))
    error_message = "local.known.autoscaling must be the attributes of the type."
  }

  assert {
    condition = alltrue([for name, value in {
      capacity_provider      = keys(module.typed.capacity_provider_strategy.FARGATE)
      canary                 = keys(module.typed.canary)
      container_health_check = keys(module.typed.container_health_check)
      deployment_alarms      = keys(module.typed.deployment_alarms)
      fallback               = keys(module.typed.fallback)
      health_check           = keys(module.typed.health_check)
      internal_listener      = keys(module.typed.internal_listener)
      log_group              = keys(module.typed.log_group)
      preview_header         = keys(module.typed.preview_header)
      service_connect        = keys(module.typed.service_connect)
      timeouts               = keys(module.typed.timeouts)
    } : toset(local.known[name]) == toset(value)])
    error_message = "local.known must have the attributes of the types, and no others."
  }
}

run "refuses_a_capacity_provider_that_is_null" {
  command = plan

  variables {
    capacity_provider_strategy = { FARGATE = null }
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "takes_numbers_that_are_written_as_texts" {
  command = plan

  module {
    source = "./autoscaled"
  }

  variables {
    autoscaling = { min_capacity = "2", max_capacity = "6", cpu = { target = "60" } }
    canary      = { desired_count = "2", weight = "10" }
    fallback    = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef", canary_weight = "10" }
  }

  assert {
    condition     = aws_ecs_service.canary["this"].desired_count == 2 && aws_appautoscaling_target.this["this"].max_capacity == 6
    error_message = "A text that is a number must be taken, as by the types."
  }
}
