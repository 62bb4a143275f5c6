# How a new revision earns its traffic

variable "canary" {
  description = "A second set of tasks for a new revision; null: none. It runs desired_count tasks of what is declared here and gets weight percent of the service's requests. Meanwhile the service's own tasks keep held_task_definition_arn, or take the new revision too where that is null or empty."
  type = object({
    desired_count            = optional(number, 0)
    weight                   = optional(number, 0)
    held_task_definition_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.canary == null || try(var.canary.desired_count >= 0 && floor(var.canary.desired_count) == var.canary.desired_count, false)
    error_message = "canary.desired_count must be a whole number from 0 up."
  }

  validation {
    condition     = var.canary == null || try(var.canary.weight >= 0 && var.canary.weight <= 100 && floor(var.canary.weight) == var.canary.weight, false)
    error_message = "canary.weight must be a whole number from 0 to 100."
  }

  validation {
    condition     = var.canary == null || try(var.canary.weight == 0 || var.canary.desired_count > 0, false)
    error_message = "canary.weight above 0 needs a desired_count above 0; nobody would answer."
  }

  validation {
    condition     = var.canary == null || try(coalesce(var.canary.held_task_definition_arn), null) == null || can(regex("^arn:[^:]+:ecs:[^:]*:[^:]*:task-definition/", var.canary.held_task_definition_arn))
    error_message = "canary.held_task_definition_arn must be the ARN of a task definition."
  }

  validation {
    condition     = var.canary == null || length(var.name) <= 30
    error_message = "canary needs a name of at most 30 characters, because its target group has that name and -c."
  }

  validation {
    condition     = var.canary == null || var.listener_rule != null
    error_message = "canary needs a load balancer, and so a listener_rule; without requests there is nothing to share."
  }
}

variable "sticky_seconds" {
  description = "Seconds for which a visitor comes to the target group that a shared rule chose first, by a cookie; 0: each request is shared anew."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.sticky_seconds >= 0 && var.sticky_seconds <= 604800 && floor(var.sticky_seconds) == var.sticky_seconds
    error_message = "sticky_seconds must be a whole number from 0 to 604800, which is a week."
  }
}
