# How it is checked, rolled out and stopped

variable "health_check" {
  description = "How the load balancer finds out whether a task can serve."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(try(keys(var.health_check), []), local.known.health_check)) == 0
    error_message = "health_check does not know ${join(", ", setsubtract(try(keys(var.health_check), []), local.known.health_check))}. It knows ${join(", ", local.known.health_check)}."
  }

  validation {
    condition     = alltrue([for value in try(var.health_check.path[*], []) : try(startswith(value, "/"), false)])
    error_message = "health_check.path must begin with /."
  }

  validation {
    condition     = alltrue([for value in try(var.health_check.matcher[*], []) : can(regex("^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$", value))])
    error_message = "health_check.matcher must be HTTP status codes from 200 to 499, such as 200, 200,202 or 200-299."
  }

  validation {
    condition     = alltrue([for value in try(var.health_check.interval_seconds[*], []) : try(value >= 5 && value <= 300, false)])
    error_message = "health_check.interval_seconds must be from 5 to 300."
  }

  validation {
    condition     = try(coalesce(try(var.health_check.timeout_seconds, null), 2) >= 2 && coalesce(try(var.health_check.timeout_seconds, null), 2) < coalesce(try(var.health_check.interval_seconds, null), 5), false)
    error_message = "health_check.timeout_seconds must be at least 2 and below interval_seconds."
  }

  validation {
    condition     = alltrue(flatten([for name in ["healthy_threshold", "unhealthy_threshold"] : [for value in try(var.health_check[name][*], []) : try(value >= 2 && value <= 10, false)]]))
    error_message = "health_check thresholds must be from 2 to 10."
  }
}

variable "desired_count" {
  description = "Number of tasks."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 0 up."
  }
}

variable "drain_seconds" {
  description = "Seconds that a task goes on serving open requests after the load balancer stopped sending it new ones."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.drain_seconds >= 0 && var.drain_seconds <= 3600
    error_message = "drain_seconds must be from 0 to 3600."
  }
}

variable "health_check_grace_period_seconds" {
  description = "Seconds after its start in which a task is not stopped for failing health checks; longer than the start takes."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.health_check_grace_period_seconds >= 0
    error_message = "health_check_grace_period_seconds must not be negative."
  }
}

variable "wait_for_steady_state" {
  description = "Whether an apply ends only when the wanted number of tasks of one deployment runs."
  type        = bool
  default     = true
  nullable    = false
}

variable "fail_on_rollback" {
  description = "Whether an apply fails where ECS went back to another task definition than the one asked for."
  type        = bool
  default     = true
  nullable    = false
}

variable "deployment_alarms" {
  description = "CloudWatch alarms by name that end a deployment when they go off, and whether ECS then goes back; null: only the circuit breaker does."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.deployment_alarms), []), local.known.deployment_alarms)) == 0
    error_message = "deployment_alarms do not know ${join(", ", setsubtract(try(keys(var.deployment_alarms), []), local.known.deployment_alarms))}. They know ${join(", ", local.known.deployment_alarms)}."
  }

  validation {
    condition     = alltrue([for one in var.deployment_alarms[*] : try(length(one.names) > 0, false)])
    error_message = "deployment_alarms must name at least one alarm."
  }
}

variable "timeouts" {
  description = "How long Terraform waits for the ECS services to be made, updated and deleted, such as 30m; null: 20 minutes each."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.timeouts), []), local.known.timeouts)) == 0
    error_message = "timeouts do not know ${join(", ", setsubtract(try(keys(var.timeouts), []), local.known.timeouts))}. They know ${join(", ", local.known.timeouts)}."
  }

  validation {
    condition     = alltrue([for one in var.timeouts[*] : alltrue([for text in try(values(one), []) : text == null || can(regex("^([0-9]+[hms])+$", text))])])
    error_message = "timeouts must be numbers with h, m or s, such as 30m."
  }
}
