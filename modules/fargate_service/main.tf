# One service on Fargate behind a rule of a shared load balancer, from log group to rolling deployment.

data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

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

  log_stream_prefix = "task"
  log_group         = var.log_group != null ? var.log_group : one([for group in aws_cloudwatch_log_group.this : { name = group.name, arn = group.arn }])

  # A Secrets Manager reference may go on with :json-key:stage:version after the secret's ARN of seven parts.
  secret_arns    = distinct([for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")])
  parameter_arns = distinct([for arn in values(var.secrets) : arn if strcontains(arn, ":ssm:")])

  # What ECS itself needs to start a task. Statements without a resource are left out.
  execution_statements = [
    {
      Sid      = "WriteLogs"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${local.log_group.arn}:log-stream:${local.log_stream_prefix}/*"]
    },
    {
      Sid      = "PullImage"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = var.repository_arn == null ? [] : [var.repository_arn]
    },
    {
      # The API hands out one token for the whole registry and knows no resource.
      Sid      = "LogInToRegistry"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = var.repository_arn == null ? [] : ["*"]
    },
    {
      Sid      = "ReadSecrets"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = local.secret_arns
    },
    {
      Sid      = "ReadParameters"
      Action   = ["ssm:GetParameters"]
      Resource = local.parameter_arns
    },
  ]
}

# Logs

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_group == null ? toset(["own"]) : toset([])

  name              = var.log_group_name
  retention_in_days = var.log_retention_days
}

moved {
  from = aws_cloudwatch_log_group.this
  to   = aws_cloudwatch_log_group.this["own"]
}

# Roles

resource "aws_iam_role" "execution" {
  name        = "${var.name}-execution"
  description = "ECS starts tasks of ${var.name} with this role"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "start-tasks"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in local.execution_statements : merge({ Effect = "Allow" }, statement) if length(statement.Resource) > 0]
  })
}

resource "aws_iam_role" "task" {
  name        = "${var.name}-task"
  description = "The containers of ${var.name} call AWS with this role"

  # The condition keeps ECS from lending the role to tasks of another account.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "task" {
  for_each = var.task_policies

  name   = each.key
  role   = aws_iam_role.task.id
  policy = each.value

  # A permission is taken away only after the tasks that use it have gone.
  lifecycle {
    create_before_destroy = true
  }
}

# Network

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Tasks of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_alb" {
  security_group_id            = aws_security_group.this.id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = var.alb_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
}

resource "aws_vpc_security_group_egress_rule" "alb_to_tasks" {
  security_group_id            = var.alb_security_group_id
  description                  = "Requests to ${var.name}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each = toset([for port in var.egress_tcp_ports : tostring(port)])

  security_group_id = aws_security_group.this.id
  description       = "Calls to TCP port ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

# Load balancing

resource "aws_lb_target_group" "this" {
  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"

  # Only a default: ECS registers every task with its container port. Kept constant because a change of it would replace
  # the group under its rule, and a group must never go together with what is attached to it.
  port = 80

  deregistration_delay = var.drain_seconds

  health_check {
    path                = var.health_check.path
    matcher             = var.health_check.matcher
    interval            = var.health_check.interval_seconds
    timeout             = var.health_check.timeout_seconds
    healthy_threshold   = var.health_check.healthy_threshold
    unhealthy_threshold = var.health_check.unhealthy_threshold
  }
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

  container_definitions = jsonencode([{
    name                   = var.container_name
    image                  = var.image
    essential              = true
    portMappings           = [{ containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp" }]
    environment            = [for name, value in merge(var.environment, { PORT = tostring(var.container_port) }) : { name = name, value = value }]
    secrets                = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    readonlyRootFilesystem = var.readonly_root_filesystem
    stopTimeout            = var.stop_timeout_seconds
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = local.log_group.name
        awslogs-region        = data.aws_region.this.id
        awslogs-stream-prefix = local.log_stream_prefix
        # A slow log API may cost lines, never requests.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }])

  # A revision that is held, and one to go back to, must stay registered.
  skip_destroy = var.canary != null

  # Without a canary the old revision is deregistered only after the service has left it.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = local.own_task_definition_arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.health_check_grace_period_seconds
  wait_for_steady_state              = var.wait_for_steady_state

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.assign_public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = var.container_name
    container_port   = var.container_port
  }

  dynamic "load_balancer" {
    for_each = aws_lb_target_group.fallback

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = var.container_name
      container_port   = var.container_port
    }
  }

  # CreateService fails while no rule uses the target group; tasks fail without their permissions and ways through the
  # network. The same order, read backwards, stops the tasks before any of that is taken away.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_lb_listener_rule.this,
    aws_vpc_security_group_egress_rule.alb_to_tasks,
    aws_vpc_security_group_egress_rule.tasks,
    aws_vpc_security_group_ingress_rule.from_alb,
  ]
}
