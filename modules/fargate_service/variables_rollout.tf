# How it is checked, rolled out and stopped

variable "health_check" {
  description = "How the load balancer finds out whether a task can serve."
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

  validation {
    condition     = startswith(var.health_check.path, "/")
    error_message = "health_check.path must begin with /."
  }

  validation {
    condition     = can(regex("^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$", var.health_check.matcher))
    error_message = "health_check.matcher must be HTTP status codes from 200 to 499, such as 200, 200,202 or 200-299."
  }

  validation {
    condition     = var.health_check.interval_seconds >= 5 && var.health_check.interval_seconds <= 300
    error_message = "health_check.interval_seconds must be from 5 to 300."
  }

  validation {
    condition     = var.health_check.timeout_seconds >= 2 && var.health_check.timeout_seconds < var.health_check.interval_seconds
    error_message = "health_check.timeout_seconds must be at least 2 and below interval_seconds."
  }

  validation {
    condition     = alltrue([for count in [var.health_check.healthy_threshold, var.health_check.unhealthy_threshold] : count >= 2 && count <= 10])
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
  type = object({
    names    = set(string)
    rollback = optional(bool, true)
  })
  default = null

  validation {
    condition     = alltrue([for one in var.deployment_alarms[*] : length(one.names) > 0])
    error_message = "deployment_alarms must name at least one alarm."
  }
}

variable "timeouts" {
  description = "How long Terraform waits for the ECS services to be made, updated and deleted, such as 30m; null: 20 minutes each."
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default = null

  validation {
    condition     = alltrue([for one in var.timeouts[*] : alltrue([for text in [one.create, one.update, one.delete] : text == null || can(regex("^([0-9]+[hms])+$", text))])])
    error_message = "timeouts must be numbers with h, m or s, such as 30m."
  }
}
