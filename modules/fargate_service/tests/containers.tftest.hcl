# What a task has: containers, their order and health, volumes, secrets with keys, Service Connect.

mock_provider "aws" {
  source = "../mocks"
}

run "own_container_is_as_it_was_before_there_were_others" {
  assert {
    condition     = [for one in jsondecode(aws_ecs_task_definition.this.container_definitions) : keys(one)] == [["environment", "essential", "image", "logConfiguration", "name", "portMappings", "readonlyRootFilesystem", "secrets", "stopTimeout"]]
    error_message = "What nobody asked for must not stand in the definition, which would be another revision."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
    error_message = "Without Service Connect the port has no name."
  }
}

run "sidecars_stand_behind_the_own_container" {
  variables {
    volumes                = { scratch = {} }
    mount_points           = { scratch = { container_path = "/tmp" } }
    dependencies           = { migrate = "SUCCESS", agent = "HEALTHY" }
    container_health_check = { command = ["CMD-SHELL", "true"], start_period_seconds = 10 }
    entry_point            = ["/init"]
    command                = ["serve", "--fast"]
    user                   = "1000:1000"
    sidecars = {
      agent = {
        image                  = "public.ecr.aws/example/agent:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        memory_reservation_mib = 64
        health_check           = { command = ["CMD", "agent", "status"] }
        mount_points           = { scratch = { container_path = "/data", read_only = true } }
      }
      migrate = {
        image          = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-test-migrate:7"
        repository_arn = "arn:aws:ecr:us-east-1:123456789012:repository/shop-test-migrate"
        essential      = false
        command        = ["migrate"]
        secrets        = { PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/test-AbCdEf:password::" }
        environment    = { STEP = "all" }
      }
    }
  }

  assert {
    condition     = [for one in jsondecode(aws_ecs_task_definition.this.container_definitions) : [one.name, tostring(one.essential)]] == [["orders", "true"], ["agent", "true"], ["migrate", "false"]]
    error_message = "The own container must come first, as the deployer reads it."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].dependsOn == [{ containerName = "agent", condition = "HEALTHY" }, { containerName = "migrate", condition = "SUCCESS" }]
    error_message = "The own container must wait for both."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck == { command = ["CMD-SHELL", "true"], interval = 30, timeout = 5, retries = 3, startPeriod = 10 } &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].entryPoint == ["/init"] &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].command == ["serve", "--fast"] &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "1000:1000"
    )
    error_message = "The own container must have its check and what it runs."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints == [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }] &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].mountPoints == [{ sourceVolume = "scratch", containerPath = "/data", readOnly = true }] &&
      [for volume in aws_ecs_task_definition.this.volume : volume.name] == ["scratch"]
    )
    error_message = "Both must mount the volume, each where it says."
  }

  assert {
    condition = alltrue([for one in jsondecode(aws_ecs_task_definition.this.container_definitions) :
      one.readonlyRootFilesystem && one.stopTimeout == 30 && one.logConfiguration.options["awslogs-group"] == "/shop/test/orders"
    ])
    error_message = "Sidecars must be write-protected, stop in time and write to the same log group."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource if contains(["PullImage", "ReadSecrets"], statement.Sid)
      } == {
      PullImage   = ["arn:aws:ecr:us-east-1:123456789012:repository/shop-test-orders", "arn:aws:ecr:us-east-1:123456789012:repository/shop-test-migrate"]
      ReadSecrets = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/test-AbCdEf"]
    }
    error_message = "The execution role must pull and read what sidecars need too."
  }
}

run "keys_of_the_caller_encrypt_logs_and_secrets" {
  variables {
    log_kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/logs"
    secrets_kms_key_arns = { shop = "arn:aws:kms:us-east-1:123456789012:key/shop" }
    secrets              = { KEY = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/test/key" }
  }

  assert {
    condition     = aws_cloudwatch_log_group.this["own"].kms_key_id == "arn:aws:kms:us-east-1:123456789012:key/logs"
    error_message = "The log group must be encrypted with the key."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : [statement.Action, statement.Resource, statement.Condition.StringEquals["kms:ViaService"]] if statement.Sid == "DecryptSecrets"] == [
      [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/shop"], ["secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"]]
    ]
    error_message = "The execution role must decrypt with this key, for secrets only."
  }
}

run "volumes_may_be_on_efs" {
  variables {
    ephemeral_storage_gib = 40
    volumes = {
      media = { efs = { file_system_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1", access_point_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1" } }
      terms = { efs = { file_system_arn = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-2", root_directory = "/terms", read_only = true } }
    }
    mount_points = { media = { container_path = "/media" }, terms = { container_path = "/terms", read_only = true } }
  }

  assert {
    condition = { for volume in aws_ecs_task_definition.this.volume : volume.name => join(" ", compact([
      volume.efs_volume_configuration[0].file_system_id,
      volume.efs_volume_configuration[0].transit_encryption,
      volume.efs_volume_configuration[0].authorization_config[0].iam,
      volume.efs_volume_configuration[0].authorization_config[0].access_point_id,
      volume.efs_volume_configuration[0].root_directory,
      ])) } == {
      media = "fs-1 ENABLED ENABLED fsap-1"
      terms = "fs-2 ENABLED ENABLED /terms"
    }
    error_message = "File systems must be mounted encrypted, with the task role."
  }

  assert {
    condition = { for name, policy in aws_iam_role_policy.task : name => jsondecode(policy.policy).Statement[0].Action } == {
      volume-media = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      volume-terms = ["elasticfilesystem:ClientMount"]
    }
    error_message = "The task role must write only where it is not told to read."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.task["volume-media"].policy).Statement[0].Condition.StringEquals["elasticfilesystem:AccessPointArn"] == "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1"
    error_message = "Where there is an access point, only that way may lead in."
  }

  assert {
    condition     = aws_ecs_task_definition.this.ephemeral_storage[0].size_in_gib == 40
    error_message = "A task must have the disk asked for."
  }
}

run "service_is_called_by_service_connect" {
  variables {
    listener_arn          = null
    alb_security_group_id = null
    listener_rule         = null
    container_port        = 8000
    service_connect       = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", discovery_name = "orders", client_port = 80, request_timeout_seconds = 5 }

    ingress_security_group_ids = { checkout = "sg-checkout" }
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [{ appProtocol = "http", containerPort = 8000, hostPort = 8000, name = "http", protocol = "tcp" }]
    error_message = "Service Connect needs the name of a port."
  }

  assert {
    condition = (
      aws_ecs_service.this.service_connect_configuration[0].namespace == "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].port_name == "http" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].client_alias[0].dns_name == "orders" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].client_alias[0].port == 80 &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == 5
    )
    error_message = "Others must call it by its name at port 80."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.from_caller["checkout"].from_port == 8000
    error_message = "Callers come straight to the container's port."
  }
}

run "service_only_calls_others_by_service_connect" {
  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1" }
    canary          = {}
  }

  assert {
    condition     = length(aws_ecs_service.this.service_connect_configuration[0].service) == 0 && length(aws_ecs_service.canary["this"].service_connect_configuration) == 1
    error_message = "Without a name nobody calls it."
  }

  assert {
    condition     = keys(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings[0]) == ["containerPort", "hostPort", "protocol"]
    error_message = "Without a name the port has none."
  }
}
