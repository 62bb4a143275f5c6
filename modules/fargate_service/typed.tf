# What callers give with attributes, in its types. A type would drop an attribute that it does not know without a word, and a rule
# without its host_headers takes everything; so the variables take anything, and refuse what is not named here.

locals {
  # Attributes of the types in typed/variables.tf, those of an attribute of theirs after its name.
  known = {
    rule = [
      "priority", "path_patterns", "methods", "host_headers", "http_headers", "source_ips",
      "query_strings", "query_strings.key", "query_strings.value",
      "preview_priorities", "preview_priorities.new", "preview_priorities.old",
    ]
    egress_rule = ["port", "to_port", "protocol", "cidr_ipv4", "cidr_ipv6", "prefix_list_id", "security_group_id"]
    sidecar = [
      "image", "repository_arn", "essential", "entry_point", "command", "user", "environment", "secrets", "cpu_units", "memory_mib",
      "memory_reservation_mib", "readonly_root_filesystem", "dependencies",
      "mount_points", "mount_points.container_path", "mount_points.read_only",
      "health_check", "health_check.command", "health_check.interval_seconds", "health_check.timeout_seconds", "health_check.retries",
      "health_check.start_period_seconds",
    ]
    capacity_provider      = ["weight", "base"]
    canary                 = ["desired_count", "weight", "held_task_definition_arn"]
    container_health_check = ["command", "interval_seconds", "timeout_seconds", "retries", "start_period_seconds"]
    internal_listener      = ["arn", "security_group_id", "rules", "registers"]
    fallback               = ["target_group_arn", "canary_target_group_arn", "canary_weight"]
    preview_header         = ["name", "key"]
    log_group              = ["name", "arn"]
    service_connect        = ["namespace_arn", "discovery_name", "client_port", "request_timeout_seconds"]
    health_check           = ["path", "matcher", "interval_seconds", "timeout_seconds", "healthy_threshold", "unhealthy_threshold"]
    deployment_alarms      = ["names", "rollback"]
    timeouts               = ["create", "update", "delete"]
    volume                 = ["efs", "efs.file_system_arn", "efs.access_point_arn", "efs.root_directory", "efs.read_only"]
    mount_point            = ["container_path", "read_only"]
    autoscaling = concat(
      ["min_capacity", "max_capacity", "scale_in_suspended", "cpu", "memory", "requests_per_target", "steps", "schedules"],
      [for pair in setproduct(
        ["cpu", "memory", "requests_per_target"],
        ["target", "scale_out_cooldown_seconds", "scale_in_cooldown_seconds", "disable_scale_in"],
      ) : join(".", pair)],
      [for name in ["alarm", "adjustment_type", "cooldown_seconds", "min_adjustment_magnitude", "adjustments"] : "steps.${name}"],
      [for name in [
        "metric_name", "namespace", "dimensions", "statistic", "comparison_operator", "threshold", "period_seconds", "evaluation_periods",
      ] : "steps.alarm.${name}"],
      [for name in ["scaling_adjustment", "from", "to"] : "steps.adjustments.${name}"],
      [for name in ["schedule", "timezone", "min_capacity", "max_capacity", "start_time", "end_time"] : "schedules.${name}"],
    )
  }
}

module "typed" {
  source = "./typed"

  listener_rule              = var.listener_rule
  additional_listener_rules  = var.additional_listener_rules
  egress_rules               = var.egress_rules
  sidecars                   = var.sidecars
  volumes                    = var.volumes
  mount_points               = var.mount_points
  autoscaling                = var.autoscaling
  capacity_provider_strategy = var.capacity_provider_strategy
  canary                     = var.canary
  container_health_check     = var.container_health_check
  internal_listener          = var.internal_listener
  fallback                   = var.fallback
  preview_header             = var.preview_header
  log_group                  = var.log_group
  service_connect            = var.service_connect
  health_check               = var.health_check
  deployment_alarms          = var.deployment_alarms
  timeouts                   = var.timeouts
}
