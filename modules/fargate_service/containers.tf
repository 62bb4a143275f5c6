# What runs in a task: the service's own container, and those beside it.

locals {
  # What an image and the source of a secret look like, and the key that encrypts one.
  image_pattern   = "^[^\\s:@]+(:[0-9]+/[^\\s:@]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
  secret_pattern  = "^arn:[^:]+:(ssm:[^:]*:[^:]*:parameter/[^:]+|secretsmanager:[^:]*:[^:]*:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?)$"
  kms_key_pattern = "^arn:[^:]+:kms:[^:]*:[^:]*:key/[^:]+$"

  # A container has a port only where somebody may call it. Service Connect knows the port by a name.
  is_load_balanced = var.listener_rule != null
  mesh_name        = try(coalesce(module.typed.service_connect.discovery_name), null)
  has_port         = local.is_load_balanced || local.mesh_name != null
  port_name        = "http"

  own_container = {
    name                     = var.container_name
    image                    = var.image
    essential                = true
    ports                    = [for port in [var.container_port] : merge({ containerPort = port, hostPort = port, protocol = "tcp" }, local.mesh_settings) if local.has_port]
    entry_point              = var.entry_point
    command                  = var.command
    user                     = var.user
    environment              = merge(var.environment, { for port in [var.container_port] : "PORT" => tostring(port) if local.has_port })
    secrets                  = var.secrets
    cpu_units                = null
    memory_mib               = null
    memory_reservation_mib   = null
    readonly_root_filesystem = var.readonly_root_filesystem
    dependencies             = var.dependencies
    mount_points             = module.typed.mount_points
    health_check             = module.typed.container_health_check
    linux_parameters         = one([for name in ["initProcessEnabled"] : { (name) = true } if var.enable_execute_command])
  }
  mesh_settings = { for name, value in { name = local.port_name, appProtocol = "http" } : name => value if local.mesh_name != null }

  containers = concat(
    [local.own_container],
    [for name, sidecar in module.typed.sidecars : merge(sidecar, { name = name, ports = [], linux_parameters = null })],
  )

  log_stream_prefix = "task"
  log_configuration = {
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

  # Left out where a container has none of it: a null in the definition would be another revision.
  optional_settings = [for one in local.containers : {
    entryPoint        = one.entry_point
    command           = one.command
    user              = one.user
    cpu               = one.cpu_units
    memory            = one.memory_mib
    memoryReservation = one.memory_reservation_mib
    linuxParameters   = one.linux_parameters
    dependsOn         = length(one.dependencies) == 0 ? null : [for name, condition in one.dependencies : { containerName = name, condition = condition }]
    mountPoints       = length(one.mount_points) == 0 ? null : [for name, mount in one.mount_points : { sourceVolume = name, containerPath = mount.container_path, readOnly = mount.read_only }]
    healthCheck = one([for check in one.health_check[*] : {
      command     = check.command
      interval    = check.interval_seconds
      timeout     = check.timeout_seconds
      retries     = check.retries
      startPeriod = check.start_period_seconds
    }])
  }]

  container_definitions = [for index, one in local.containers : merge(
    {
      name                   = one.name
      image                  = one.image
      essential              = one.essential
      portMappings           = one.ports
      environment            = [for name, value in one.environment : { name = name, value = value }]
      secrets                = [for name, arn in one.secrets : { name = name, valueFrom = arn }]
      readonlyRootFilesystem = one.readonly_root_filesystem
      stopTimeout            = var.stop_timeout_seconds
      logConfiguration       = local.log_configuration
    },
    { for name, value in local.optional_settings[index] : name => value if value != null },
  )]
}
