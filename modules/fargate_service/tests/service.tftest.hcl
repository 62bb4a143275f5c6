# What the module makes; tests/validation.tftest.hcl holds what it refuses. Canary, logs, previews and rules have files of their own.

mock_provider "aws" {
  source = "../mocks"
}

run "tasks_run_on_fargate_with_the_size_asked_for" {
  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["FARGATE"]) && aws_ecs_task_definition.this.network_mode == "awsvpc"
    error_message = "Tasks must run on Fargate."
  }

  assert {
    condition     = aws_ecs_task_definition.this.cpu == "256" && aws_ecs_task_definition.this.memory == "512"
    error_message = "Tasks must get 0.25 vCPU and 0.5 GB by default."
  }
}

run "container_gets_its_environment_and_port" {
  variables {
    container_port = 8000
    environment    = { MONOLITH_URL = "alb.example.com:80" }
    secrets        = { KEY = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/test/key" }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment == [
      { name = "MONOLITH_URL", value = "alb.example.com:80" },
      { name = "PORT", value = "8000" },
    ]
    error_message = "The container must get its environment, and its port as PORT."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets == [{ name = "KEY", valueFrom = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/test/key" }]
    error_message = "Secrets must be references, never values."
  }
}

run "container_is_write_protected_and_stops_in_time" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 30
    error_message = "The container must be write-protected and get 30 seconds to stop."
  }
}

run "tasks_are_open_to_the_load_balancer_only" {
  variables {
    open_alb_to_tasks = true
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.from_alb["this"].referenced_security_group_id == "sg-alb" &&
      aws_vpc_security_group_ingress_rule.from_alb["this"].from_port == 80 &&
      aws_vpc_security_group_ingress_rule.from_alb["this"].to_port == 80 &&
      aws_vpc_security_group_ingress_rule.from_alb["this"].cidr_ipv4 == null
    )
    error_message = "The one way in must come from the load balancer to the container port."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.alb_to_tasks["this"].security_group_id == "sg-alb" && aws_vpc_security_group_egress_rule.alb_to_tasks["this"].referenced_security_group_id == aws_security_group.this.id
    error_message = "The load balancer must be let out to these tasks only."
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.tasks) == ["443"]
    error_message = "By default tasks may call HTTPS only."
  }

  assert {
    condition     = aws_ecs_service.this.network_configuration[0].security_groups == toset([aws_security_group.this.id]) && !aws_ecs_service.this.network_configuration[0].assign_public_ip
    error_message = "Tasks must use their own security group and no public address."
  }
}

run "nothing_is_written_into_the_load_balancers_group_unless_asked" {
  assert {
    condition     = length(aws_vpc_security_group_egress_rule.alb_to_tasks) == 0 && length(aws_vpc_security_group_ingress_rule.from_caller) == 0
    error_message = "The load balancer's security group is its owner's."
  }
}

run "more_ports_open_by_name" {
  variables {
    egress_tcp_ports = [443, 8080]
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.tasks) == ["443", "8080"] && aws_vpc_security_group_egress_rule.tasks["8080"].from_port == 8080
    error_message = "Each port must have a rule keyed by it."
  }
}

run "target_group_takes_addresses_and_checks_health" {
  assert {
    condition     = aws_lb_target_group.this["this"].target_type == "ip" && aws_lb_target_group.this["this"].deregistration_delay == "5"
    error_message = "Targets must be addresses that drain for 5 seconds."
  }

  assert {
    condition = (
      aws_lb_target_group.this["this"].health_check[0].path == "/" &&
      aws_lb_target_group.this["this"].health_check[0].interval == 5 &&
      aws_lb_target_group.this["this"].health_check[0].timeout == 2 &&
      aws_lb_target_group.this["this"].health_check[0].healthy_threshold == 2 &&
      aws_lb_target_group.this["this"].health_check[0].unhealthy_threshold == 2
    )
    error_message = "Health must be checked at / every 5 seconds by default."
  }
}

run "another_container_port_keeps_the_target_group" {
  variables {
    container_port = 8000
  }

  assert {
    condition     = aws_lb_target_group.this["this"].port == 80 && one(aws_ecs_service.this.load_balancer).container_port == 8000
    error_message = "The port must change where tasks are registered, not on the group, which would be replaced."
  }
}

run "rule_forwards_everything_to_the_service" {
  assert {
    condition     = aws_lb_listener_rule.this["first"].priority == 1 && one(aws_lb_listener_rule.this["first"].condition).path_pattern[0].values == toset(["/orders/*/refund"])
    error_message = "The rule must have the priority and patterns asked for."
  }

  assert {
    condition     = [for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.weight] == [100]
    error_message = "Without a fallback the service gets everything."
  }
}

run "new_service_comes_up_without_requests" {
  variables {
    weight   = 0
    fallback = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" }
  }

  assert {
    condition = { for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.arn => group.weight } == {
      (aws_lb_target_group.this["this"].arn)                                                      = 0
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" = 100
    }
    error_message = "At weight 0 the fallback must get everything, and the group must be attached all the same."
  }
}

run "weight_is_shared_with_the_fallback" {
  variables {
    weight   = 10
    fallback = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/monolith/0123456789abcdef" }
  }

  assert {
    condition     = toset([for group in aws_lb_listener_rule.this["first"].action[0].forward[0].target_group : group.weight]) == toset([10, 90])
    error_message = "The fallback must get what the weight leaves over."
  }
}

run "bad_rollouts_roll_back" {
  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "The circuit breaker must roll back."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 100 && aws_ecs_service.this.deployment_maximum_percent == 200
    error_message = "A rollout must never go below the wanted number of tasks."
  }

  assert {
    condition     = aws_ecs_service.this.wait_for_steady_state && aws_ecs_service.this.health_check_grace_period_seconds == 30 && aws_ecs_service.this.desired_count == 2
    error_message = "An apply must wait for two steady tasks, which get 30 seconds to start."
  }
}

run "execution_role_reads_exactly_what_the_task_needs" {
  variables {
    secrets = {
      KEY      = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/test/key"
      PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/test-AbCdEf:password::"
    }
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource
      } == {
      WriteLogs       = ["${aws_cloudwatch_log_group.this["own"].arn}:log-stream:task/*"]
      PullImage       = ["arn:aws:ecr:us-east-1:123456789012:repository/shop-test-orders"]
      LogInToRegistry = ["*"]
      ReadSecrets     = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/test-AbCdEf"]
      ReadParameters  = ["arn:aws:ssm:us-east-1:123456789012:parameter/shop/test/key"]
    }
    error_message = "The execution role must reach its own log group, image and secrets only."
  }
}

run "public_image_needs_no_registry" {
  variables {
    image          = "public.ecr.aws/nginx/nginx:1.29"
    repository_arn = null
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid] == ["WriteLogs"]
    error_message = "Without registry and secrets the execution role must write logs and nothing else."
  }
}

run "task_role_has_no_permissions_of_its_own" {
  assert {
    condition     = length(aws_iam_role_policy.task) == 0
    error_message = "The task role must have no policy unless one is given."
  }

  assert {
    condition     = jsondecode(aws_iam_role.task.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only tasks of this account may use the task role."
  }
}

run "task_role_gets_the_policies_given" {
  variables {
    task_policies = {
      table = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\"],\"Resource\":[\"arn:aws:dynamodb:us-east-1:123456789012:table/shop\"]}]}"
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.task["table"].policy).Statement[0].Action == ["dynamodb:GetItem"]
    error_message = "The policy given must stand as it is."
  }
}
