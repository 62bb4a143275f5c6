# What callers give, by the types that it has to have. A type drops attributes that it does not know, without a word, so the
# variables that callers see take anything, refuse what local.known does not name, and are typed here.

variable "listener_rule" {
  type = object({
    priority      = number
    path_patterns = optional(set(string), [])
    methods       = optional(set(string), [])
    host_headers  = optional(set(string), [])
    http_headers  = optional(map(set(string)), {})
    query_strings = optional(set(object({ key = optional(string), value = string })), [])
    source_ips    = optional(set(string), [])

    preview_priorities = optional(object({ new = number, old = number }))
  })
  default = null
}

variable "additional_listener_rules" {
  type = map(object({
    priority      = number
    path_patterns = optional(set(string), [])
    methods       = optional(set(string), [])
    host_headers  = optional(set(string), [])
    http_headers  = optional(map(set(string)), {})
    query_strings = optional(set(object({ key = optional(string), value = string })), [])
    source_ips    = optional(set(string), [])

    preview_priorities = optional(object({ new = number, old = number }))
  }))
  default  = {}
  nullable = false
}

variable "egress_rules" {
  type = map(object({
    port              = number
    to_port           = optional(number)
    protocol          = optional(string, "tcp")
    cidr_ipv4         = optional(string)
    cidr_ipv6         = optional(string)
    prefix_list_id    = optional(string)
    security_group_id = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "sidecars" {
  type = map(object({
    image                    = string
    repository_arn           = optional(string)
    essential                = optional(bool, true)
    entry_point              = optional(list(string))
    command                  = optional(list(string))
    user                     = optional(string)
    environment              = optional(map(string), {})
    secrets                  = optional(map(string), {})
    cpu_units                = optional(number)
    memory_mib               = optional(number)
    memory_reservation_mib   = optional(number)
    readonly_root_filesystem = optional(bool, true)
    dependencies             = optional(map(string), {})
    mount_points             = optional(map(object({ container_path = string, read_only = optional(bool, false) })), {})
    health_check = optional(object({
      command              = list(string)
      interval_seconds     = optional(number, 30)
      timeout_seconds      = optional(number, 5)
      retries              = optional(number, 3)
      start_period_seconds = optional(number, 0)
    }))
  }))
  default  = {}
  nullable = false
}

variable "autoscaling" {
  type = object({
    min_capacity       = number
    max_capacity       = number
    scale_in_suspended = optional(bool, false)
    cpu = optional(object({
      target                     = number
      scale_out_cooldown_seconds = optional(number, 120)
      scale_in_cooldown_seconds  = optional(number, 300)
      disable_scale_in           = optional(bool, false)
    }))
    memory = optional(object({
      target                     = number
      scale_out_cooldown_seconds = optional(number, 120)
      scale_in_cooldown_seconds  = optional(number, 300)
      disable_scale_in           = optional(bool, false)
    }))
    requests_per_target = optional(object({
      target                     = number
      scale_out_cooldown_seconds = optional(number, 120)
      scale_in_cooldown_seconds  = optional(number, 300)
      disable_scale_in           = optional(bool, false)
    }))
    steps = optional(map(object({
      alarm = object({
        metric_name         = string
        namespace           = optional(string, "AWS/ECS")
        dimensions          = optional(map(string))
        statistic           = optional(string, "Average")
        comparison_operator = optional(string, "GreaterThanOrEqualToThreshold")
        threshold           = number
        period_seconds      = optional(number, 60)
        evaluation_periods  = optional(number, 1)
      })
      adjustment_type          = optional(string, "ChangeInCapacity")
      cooldown_seconds         = optional(number, 300)
      min_adjustment_magnitude = optional(number)
      adjustments = list(object({
        scaling_adjustment = number
        from               = optional(number)
        to                 = optional(number)
      }))
    })), {})
    schedules = optional(map(object({
      schedule     = string
      timezone     = optional(string, "UTC")
      min_capacity = optional(number)
      max_capacity = optional(number)
      start_time   = optional(string)
      end_time     = optional(string)
    })), {})
  })
  default = null
}

variable "volumes" {
  type = map(object({
    efs = optional(object({
      file_system_arn  = string
      access_point_arn = optional(string)
      root_directory   = optional(string)
      read_only        = optional(bool, false)
    }))
  }))
  default  = {}
  nullable = false
}

variable "mount_points" {
  type     = map(object({ container_path = string, read_only = optional(bool, false) }))
  default  = {}
  nullable = false
}

variable "capacity_provider_strategy" {
  type     = map(object({ weight = optional(number, 0), base = optional(number, 0) }))
  default  = {}
  nullable = false
}

variable "canary" {
  type = object({
    desired_count            = optional(number, 0)
    weight                   = optional(number, 0)
    held_task_definition_arn = optional(string)
  })
  default = null
}

variable "container_health_check" {
  type = object({
    command              = list(string)
    interval_seconds     = optional(number, 30)
    timeout_seconds      = optional(number, 5)
    retries              = optional(number, 3)
    start_period_seconds = optional(number, 0)
  })
  default = null
}

variable "internal_listener" {
  type = object({
    arn               = string
    security_group_id = string
    rules             = set(string)
    registers         = optional(bool, true)
  })
  default = null
}

variable "fallback" {
  type = object({
    target_group_arn        = string
    canary_target_group_arn = optional(string)
    canary_weight           = optional(number, 0)
  })
  default = null
}

variable "preview_header" {
  type = object({
    name = optional(string, "X-Canary")
    key  = string
  })
  default = null
}

variable "log_group" {
  type    = object({ name = string, arn = string })
  default = null
}

variable "service_connect" {
  type = object({
    namespace_arn           = string
    discovery_name          = optional(string)
    client_port             = optional(number)
    request_timeout_seconds = optional(number)
  })
  default = null
}

variable "health_check" {
  type = object({
    path                = optional(string, "/")
    matcher             = optional(string, "200")
    interval_seconds    = optional(number, 5)
    timeout_seconds     = optional(number, 2)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 2)
  })
  default  = {}
  nullable = false
}

variable "deployment_alarms" {
  type = object({
    names    = set(string)
    rollback = optional(bool, true)
  })
  default = null
}

variable "timeouts" {
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default = null
}
