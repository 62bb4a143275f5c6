# One service on Fargate, behind a rule of a shared load balancer or without any: log group, target group, rolling deployment.

locals {
  # MiB of memory that Fargate offers for each number of CPU units.
  memory_mib_by_cpu_units = {
    256   = [512, 1024, 2048]
    512   = range(1024, 4096 + 1, 1024)
    1024  = range(2048, 8192 + 1, 1024)
    2048  = range(4096, 16384 + 1, 1024)
    4096  = range(8192, 30720 + 1, 1024)
    8192  = range(16384, 61440 + 1, 4096)
    16384 = range(32768, 122880 + 1, 8192)
  }

  service_name = coalesce(var.service_name, var.name)
  launch_type  = length(module.typed.capacity_provider_strategy) == 0 ? "FARGATE" : null
  log_group    = module.typed.log_group != null ? module.typed.log_group : one([for group in aws_cloudwatch_log_group.this : { name = group.name, arn = group.arn }])
  efs_volumes  = { for name, volume in module.typed.volumes : name => volume.efs if volume.efs != null }
}

# Logs

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_338: log_retention_days is the caller's choice

  for_each = module.typed.log_group == null ? toset(["own"]) : toset([])

  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = var.tags
}

moved {
  from = aws_cloudwatch_log_group.this
  to   = aws_cloudwatch_log_group.this["own"]
}

# Load balancing

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378: within the VPC, where only the load balancer may call the tasks; TLS ends there

  for_each = toset(local.is_load_balanced ? ["this"] : [])

  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"

  # Only a default: ECS registers every task with its container port. Kept constant because a change of it would replace
  # the group under its rule, and a group must never go together with what is attached to it.
  port = 80

  deregistration_delay = var.drain_seconds

  health_check {
    path                = module.typed.health_check.path
    matcher             = module.typed.health_check.matcher
    interval            = module.typed.health_check.interval_seconds
    timeout             = module.typed.health_check.timeout_seconds
    healthy_threshold   = module.typed.health_check.healthy_threshold
    unhealthy_threshold = module.typed.health_check.unhealthy_threshold
  }

  tags = var.tags

  # With another name there is another group, which the rule has to know before this one can go.
  lifecycle {
    create_before_destroy = true
  }
}

moved {
  from = aws_lb_target_group.this
  to   = aws_lb_target_group.this["this"]
}

# Tasks

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu_units
  memory                   = var.memory_mib
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  container_definitions = jsonencode(local.container_definitions)

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage_gib[*]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  dynamic "volume" {
    for_each = module.typed.volumes

    content {
      name = volume.key

      dynamic "efs_volume_configuration" {
        for_each = volume.value.efs[*]

        content {
          file_system_id     = element(split("/", efs_volume_configuration.value.file_system_arn), 1)
          root_directory     = efs_volume_configuration.value.root_directory
          transit_encryption = "ENABLED"

          authorization_config {
            access_point_id = try(element(split("/", efs_volume_configuration.value.access_point_arn), 1), null)
            iam             = "ENABLED"
          }
        }
      }
    }
  }

  tags = var.tags

  # A revision that is held, and one to go back to, must stay registered.
  skip_destroy = module.typed.canary != null

  # Without a canary the old revision is deregistered only after the service has left it.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "this" {
  name            = local.service_name
  cluster         = var.cluster_arn
  task_definition = local.own_task_definition_arn
  desired_count   = var.desired_count
  launch_type     = local.launch_type
  propagate_tags  = "SERVICE"

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = local.is_load_balanced ? var.health_check_grace_period_seconds : null
  wait_for_steady_state              = var.wait_for_steady_state
  force_new_deployment               = local.launch_type == null ? true : null
  availability_zone_rebalancing      = var.availability_zone_rebalancing ? "ENABLED" : "DISABLED"
  enable_execute_command             = var.enable_execute_command

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = module.typed.deployment_alarms[*]

    content {
      alarm_names = alarms.value.names
      enable      = true
      rollback    = alarms.value.rollback
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = module.typed.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = local.own_groups

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = var.container_name
      container_port   = var.container_port
    }
  }

  dynamic "service_connect_configuration" {
    for_each = module.typed.service_connect[*]

    content {
      enabled   = true
      namespace = service_connect_configuration.value.namespace_arn

      log_configuration {
        log_driver = local.log_configuration.logDriver
        options    = local.log_configuration.options
      }

      dynamic "service" {
        for_each = local.mesh_name[*]

        content {
          port_name      = local.port_name
          discovery_name = service.value

          client_alias {
            dns_name = service.value
            port     = coalesce(module.typed.service_connect.client_port, var.container_port)
          }

          dynamic "timeout" {
            for_each = module.typed.service_connect.request_timeout_seconds[*]

            content {
              per_request_timeout_seconds = timeout.value
            }
          }
        }
      }
    }
  }

  dynamic "timeouts" {
    for_each = module.typed.timeouts[*]

    content {
      create = timeouts.value.create
      update = timeouts.value.update
      delete = timeouts.value.delete
    }
  }

  tags = var.tags

  # CreateService fails while no rule uses the target group; tasks fail without their permissions and ways through the
  # network. The same order, read backwards, stops the tasks before any of that is taken away.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_lb_listener_rule.this,
    aws_vpc_security_group_egress_rule.alb_to_tasks,
    aws_vpc_security_group_egress_rule.tasks,
    aws_vpc_security_group_ingress_rule.from_alb,
    aws_vpc_security_group_ingress_rule.from_caller,
  ]

  lifecycle {
    # With another name the new one runs before the old one goes.
    create_before_destroy = true

    postcondition {
      condition     = !var.fail_on_rollback || self.task_definition == local.own_task_definition_arn
      error_message = "ECS did not keep the task definition that was asked for and runs ${self.task_definition} again. The events of the service and the lines of its stopped tasks say why; correct what runs and apply again."
    }
  }
}
