# Roles: with one ECS starts tasks, with the other their containers call AWS.

data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

locals {
  all_secrets  = concat(values(var.secrets), flatten([for sidecar in values(module.typed.sidecars) : values(sidecar.secrets)]))
  repositories = distinct([for arn in concat([var.repository_arn], [for sidecar in values(module.typed.sidecars) : sidecar.repository_arn]) : arn if arn != null])

  # A Secrets Manager reference may go on with :json-key:stage:version after the secret's ARN of seven parts.
  secret_arns    = distinct([for arn in local.all_secrets : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")])
  parameter_arns = distinct([for arn in local.all_secrets : arn if strcontains(arn, ":ssm:")])

  # Another path makes another role, which is there before the old one goes, and names are the account's whatever the path.
  role_suffix = var.role_path == "/" ? "" : "-${substr(sha256(var.role_path), 0, 8)}"

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
      Resource = local.repositories
    },
    {
      # The API hands out one token for the whole registry and knows no resource.
      Sid      = "LogInToRegistry"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = length(local.repositories) == 0 ? [] : ["*"]
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
    {
      Sid       = "DecryptSecrets"
      Action    = ["kms:Decrypt"]
      Resource  = values(var.secrets_kms_key_arns)
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["secretsmanager", "ssm"] : "${service}.${data.aws_region.this.id}.amazonaws.com"] } }
    },
  ]

  # What the containers may do beside what the caller says.
  own_task_policies = merge(
    {
      # The API knows no resource.
      for name in ["execute-command"] : name => [{
        Action   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
        Resource = ["*"]
      }] if var.enable_execute_command
    },
    {
      for name, volume in local.efs_volumes : "volume-${name}" => [merge(
        {
          Action   = concat(["elasticfilesystem:ClientMount"], volume.read_only ? [] : ["elasticfilesystem:ClientWrite"])
          Resource = [volume.file_system_arn]
        },
        { for key in ["Condition"] : key => { StringEquals = { "elasticfilesystem:AccessPointArn" = volume.access_point_arn } } if volume.access_point_arn != null },
      )]
    },
  )
  task_policies = merge(
    var.task_policies,
    { for name, statements in local.own_task_policies : name => jsonencode({ Version = "2012-10-17", Statement = [for statement in statements : merge({ Effect = "Allow" }, statement)] }) },
  )
}

resource "aws_iam_role" "execution" {
  name        = "${var.name}-execution${local.role_suffix}"
  description = "ECS starts tasks of ${var.name} with this role"

  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "execution" {
  # checkov:skip=CredentialsExposure: logging in to ECR gives a token; what may be pulled with it is the statement before

  name = "start-tasks"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in local.execution_statements : merge({ Effect = "Allow" }, statement) if length(statement.Resource) > 0]
  })
}

resource "aws_iam_role" "task" {
  name        = "${var.name}-task${local.role_suffix}"
  description = "The containers of ${var.name} call AWS with this role"

  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn

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

  tags = var.tags
}

resource "aws_iam_role_policy" "task" {
  for_each = local.task_policies

  name   = each.key
  role   = aws_iam_role.task.id
  policy = each.value

  # A permission is taken away only after the tasks that use it have gone.
  lifecycle {
    create_before_destroy = true
  }
}
