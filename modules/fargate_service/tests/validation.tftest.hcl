# One negative run for each validation; tests/terraform checks that none is missing.

mock_provider "aws" {
  source = "../mocks"
}

run "refuses_name_of_33_characters" {
  command = plan

  variables {
    name = "shop-test-a-name-of-33-characters"
  }

  expect_failures = [var.name]
}

run "refuses_image_without_a_tag" {
  command = plan

  variables {
    image = "public.ecr.aws/nginx/nginx"
  }

  expect_failures = [var.image]
}

run "refuses_image_with_a_moving_tag" {
  command = plan

  variables {
    image = "public.ecr.aws/nginx/nginx:latest"
  }

  expect_failures = [var.image]
}

run "refuses_container_name_with_a_space" {
  command = plan

  variables {
    container_name = "the order service"
  }

  expect_failures = [var.container_name]
}

run "refuses_port_above_65535" {
  command = plan

  variables {
    container_port = 65536
  }

  expect_failures = [var.container_port]
}

run "refuses_cpu_that_fargate_lacks" {
  command = plan

  variables {
    cpu_units = 300
  }

  expect_failures = [var.cpu_units]
}

run "refuses_memory_that_does_not_go_with_the_cpu" {
  command = plan

  variables {
    memory_mib = 4096
  }

  expect_failures = [var.memory_mib]
}

run "refuses_unknown_architecture" {
  command = plan

  variables {
    cpu_architecture = "RISCV"
  }

  expect_failures = [var.cpu_architecture]
}

run "refuses_port_in_the_environment" {
  command = plan

  variables {
    environment = { PORT = "81" }
  }

  expect_failures = [var.environment]
}

run "refuses_secret_in_plain_text" {
  command = plan

  variables {
    secrets = { KEY = "hunter2" }
  }

  expect_failures = [var.secrets]
}

run "refuses_secret_that_is_also_plain_environment" {
  command = plan

  variables {
    environment = { KEY = "x" }
    secrets     = { KEY = "arn:aws:ssm:us-east-1:123456789012:parameter/key" }
  }

  expect_failures = [var.secrets]
}

run "refuses_task_policy_that_is_no_policy" {
  command = plan

  variables {
    task_policies = { table = "{}" }
  }

  expect_failures = [var.task_policies]
}

run "refuses_single_subnet" {
  command = plan

  variables {
    subnet_ids = ["subnet-a"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_egress_port_zero" {
  command = plan

  variables {
    egress_tcp_ports = [0]
  }

  expect_failures = [var.egress_tcp_ports]
}

run "refuses_weight_above_100" {
  command = plan

  variables {
    weight   = 101
    fallback = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" }
  }

  expect_failures = [var.weight]
}

run "refuses_weight_below_100_without_a_fallback" {
  command = plan

  variables {
    weight = 50
  }

  expect_failures = [var.weight]
}

run "refuses_health_path_without_a_slash" {
  command = plan

  variables {
    health_check = { path = "health" }
  }

  expect_failures = [var.health_check]
}

run "refuses_matcher_that_takes_server_errors" {
  command = plan

  variables {
    health_check = { matcher = "200-599" }
  }

  expect_failures = [var.health_check]
}

run "refuses_health_check_every_second" {
  command = plan

  variables {
    health_check = { interval_seconds = 1, timeout_seconds = 2 }
  }

  expect_failures = [var.health_check]
}

run "refuses_health_timeout_of_a_whole_interval" {
  command = plan

  variables {
    health_check = { interval_seconds = 5, timeout_seconds = 5 }
  }

  expect_failures = [var.health_check]
}

run "refuses_threshold_of_one" {
  command = plan

  variables {
    health_check = { healthy_threshold = 1 }
  }

  expect_failures = [var.health_check]
}

run "refuses_half_a_task" {
  command = plan

  variables {
    desired_count = 0.5
  }

  expect_failures = [var.desired_count]
}

run "refuses_drain_above_an_hour" {
  command = plan

  variables {
    drain_seconds = 3601
  }

  expect_failures = [var.drain_seconds]
}

run "refuses_stop_timeout_above_fargates_limit" {
  command = plan

  variables {
    stop_timeout_seconds = 121
  }

  expect_failures = [var.stop_timeout_seconds]
}

run "refuses_negative_grace_period" {
  command = plan

  variables {
    health_check_grace_period_seconds = -1
  }

  expect_failures = [var.health_check_grace_period_seconds]
}

run "refuses_stickiness_above_a_week" {
  command = plan

  variables {
    sticky_seconds = 604801
  }

  expect_failures = [var.sticky_seconds]
}
