# A service without a load balancer, and what capacity, roles and rollout of any service may be.

mock_provider "aws" {
  source = "../mocks"
}

run "worker_has_no_load_balancer_and_no_port" {
  variables {
    listener_arn          = null
    alb_security_group_id = null
    listener_rule         = null
  }

  assert {
    condition     = length(aws_lb_target_group.this) == 0 && length(aws_lb_listener_rule.this) == 0 && length(aws_ecs_service.this.load_balancer) == 0
    error_message = "Nothing of a load balancer may be made."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_alb) == 0 && length(aws_vpc_security_group_ingress_rule.from_caller) == 0
    error_message = "Nobody may call a worker."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [] && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment == []
    error_message = "A worker has no port, and so no PORT."
  }

  assert {
    condition     = aws_ecs_service.this.health_check_grace_period_seconds == null
    error_message = "ECS refuses a grace period for health checks that nobody makes."
  }

  assert {
    condition     = output.target_group_arn == null && output.listener_rule_arn == null && output.service_name == "shop-test-orders"
    error_message = "What is not there must be null."
  }
}

run "tasks_are_of_launch_type_fargate_by_default" {
  assert {
    condition     = aws_ecs_service.this.launch_type == "FARGATE" && length(aws_ecs_service.this.capacity_provider_strategy) == 0 && aws_ecs_service.this.availability_zone_rebalancing == "DISABLED"
    error_message = "Without a strategy the launch type says where tasks run."
  }
}

run "tasks_run_on_spot_by_weight" {
  variables {
    cpu_architecture           = "ARM64"
    canary                     = {}
    capacity_provider_strategy = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { weight = 3 } }
  }

  assert {
    condition = alltrue([for service in [aws_ecs_service.this, aws_ecs_service.canary["this"]] : { for one in service.capacity_provider_strategy : one.capacity_provider => [one.base, one.weight] } == {
      FARGATE      = [1, 1]
      FARGATE_SPOT = [0, 3]
    }])
    error_message = "Each provider must have its base and weight, of the canary too."
  }

  assert {
    condition     = aws_ecs_service.this.force_new_deployment
    error_message = "Other weights must be a new deployment, or Terraform replaces the service."
  }

  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64"
    error_message = "Tasks must run on the architecture of their images."
  }
}

run "service_has_another_name_where_it_is_to_be_replaced" {
  variables {
    service_name                  = "shop-test-orders-on-spot"
    canary                        = {}
    availability_zone_rebalancing = true
  }

  assert {
    condition     = aws_ecs_service.this.name == "shop-test-orders-on-spot" && aws_ecs_service.canary["this"].name == "shop-test-orders-on-spot-c" && aws_lb_target_group.this["this"].name == "shop-test-orders"
    error_message = "Only the ECS services have the other name."
  }

  assert {
    condition     = aws_ecs_service.this.availability_zone_rebalancing == "ENABLED"
    error_message = "Zones must be evened out where that is asked for."
  }
}

run "alarms_end_a_deployment" {
  variables {
    canary            = {}
    deployment_alarms = { names = ["errors"] }
    timeouts          = { update = "40m" }
  }

  assert {
    condition = alltrue([for service in [aws_ecs_service.this, aws_ecs_service.canary["this"]] :
      service.alarms[0].enable && service.alarms[0].rollback && service.alarms[0].alarm_names == toset(["errors"]) && service.timeouts.update == "40m"
    ])
    error_message = "The alarms must be on and roll back, of the canary too."
  }
}

run "somebody_may_run_commands_where_that_is_asked_for" {
  variables {
    enable_execute_command   = true
    readonly_root_filesystem = false
  }

  assert {
    condition     = aws_ecs_service.this.enable_execute_command && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.initProcessEnabled
    error_message = "Commands need an init process that takes care of their children."
  }

  assert {
    condition     = alltrue([for action in jsondecode(aws_iam_role_policy.task["execute-command"].policy).Statement[0].Action : startswith(action, "ssmmessages:")])
    error_message = "The task role must open channels, and nothing else."
  }
}

run "nobody_may_run_commands_by_default" {
  assert {
    condition     = !aws_ecs_service.this.enable_execute_command && length(aws_iam_role_policy.task) == 0
    error_message = "Running commands must be asked for."
  }
}

run "roles_have_path_and_boundary" {
  variables {
    role_path                = "/shop/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.execution, aws_iam_role.task] : role.path == "/shop/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"])
    error_message = "Both roles must have path and boundary."
  }

  assert {
    condition     = aws_iam_role.execution.name == "shop-test-orders-execution-${substr(sha256("/shop/"), 0, 8)}" && aws_iam_role.task.name == "shop-test-orders-task-${substr(sha256("/shop/"), 0, 8)}"
    error_message = "Roles of another path must have other names: they stand beside those that go."
  }
}

run "roles_without_a_path_of_theirs_have_plain_names" {
  assert {
    condition     = [aws_iam_role.execution.name, aws_iam_role.task.name] == ["shop-test-orders-execution", "shop-test-orders-task"]
    error_message = "Roles that stand must keep their names."
  }
}

run "everything_has_the_tags" {
  variables {
    tags              = { Team = "shop" }
    open_alb_to_tasks = true
    fallback_group    = true
    canary            = {}
  }

  assert {
    condition = alltrue([for made in concat(
      [aws_iam_role.execution.tags, aws_iam_role.task.tags, aws_security_group.this.tags, aws_ecs_task_definition.this.tags, aws_ecs_service.this.tags],
      [for one in aws_cloudwatch_log_group.this : one.tags],
      [for one in aws_vpc_security_group_ingress_rule.from_alb : one.tags],
      [for one in aws_vpc_security_group_egress_rule.alb_to_tasks : one.tags],
      [for one in aws_vpc_security_group_egress_rule.tasks : one.tags],
      [for one in aws_lb_target_group.this : one.tags],
      [for one in aws_lb_target_group.fallback : one.tags],
      [for one in aws_lb_target_group.canary : one.tags],
      [for one in aws_ecs_service.canary : one.tags],
      [for one in aws_lb_listener_rule.this : one.tags],
    ) : try(made["Team"], "") == "shop"])
    error_message = "Tags must be on everything that can have some."
  }

  assert {
    condition     = aws_ecs_service.this.propagate_tags == "SERVICE"
    error_message = "Tasks must have the service's tags."
  }
}

run "tasks_call_only_what_is_named" {
  variables {
    egress_tcp_ports           = []
    ingress_security_group_ids = { checkout = "sg-checkout" }
    egress_rules = {
      endpoints = { port = 443, security_group_id = "sg-endpoints" }
      storage   = { port = 443, prefix_list_id = "pl-1" }
      database  = { port = 5432, to_port = 5433, cidr_ipv4 = "10.0.0.0/16" }
      partner   = { port = 8443, cidr_ipv6 = "2600:1f18::/32" }
    }
  }

  assert {
    condition = { for name, rule in aws_vpc_security_group_egress_rule.tasks : name => join(" ", compact([rule.referenced_security_group_id, rule.prefix_list_id, rule.cidr_ipv4, rule.cidr_ipv6, rule.from_port, rule.to_port])) } == {
      endpoints = "sg-endpoints 443 443"
      storage   = "pl-1 443 443"
      database  = "10.0.0.0/16 5432 5433"
      partner   = "2600:1f18::/32 8443 8443"
    }
    error_message = "Each way out must lead where it says, and nowhere else."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.from_caller["checkout"].referenced_security_group_id == "sg-checkout" && aws_vpc_security_group_ingress_rule.from_caller["checkout"].from_port == 80
    error_message = "Callers that are named may call the container's port."
  }
}

run "tasks_call_out_over_ipv6_where_that_is_asked_for" {
  variables {
    egress_ipv6 = true
  }

  assert {
    condition     = { for name, rule in aws_vpc_security_group_egress_rule.tasks : name => coalesce(rule.cidr_ipv4, rule.cidr_ipv6) } == { "443" = "0.0.0.0/0", "443-ipv6" = "::/0" }
    error_message = "Each port must be open over both protocols."
  }
}
