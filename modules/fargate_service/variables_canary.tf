# How a new revision earns its traffic

variable "canary" {
  description = "A second set of tasks for a new revision; null: none. It runs desired_count tasks of what is declared here and gets weight percent of the service's requests. Meanwhile the service's own tasks keep held_task_definition_arn, or take the new revision too where that is null or empty."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.canary), []), local.known.canary)) == 0
    error_message = "canary does not know ${join(", ", setsubtract(try(keys(var.canary), []), local.known.canary))}. It knows ${join(", ", local.known.canary)}."
  }

  validation {
    condition     = alltrue([for value in try(var.canary.desired_count[*], []) : try(value >= 0 && value % 1 == 0, false)])
    error_message = "canary.desired_count must be a whole number from 0 up."
  }

  validation {
    condition     = alltrue([for value in try(var.canary.weight[*], []) : try(value >= 0 && value <= 100 && value % 1 == 0, false)])
    error_message = "canary.weight must be a whole number from 0 to 100."
  }

  validation {
    condition     = !try(var.canary.weight > 0, false) || try(var.canary.desired_count > 0, false)
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
