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
