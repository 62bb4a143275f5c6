# How many tasks there are when that is not one number

variable "autoscaling" {
  description = "Lets Application Auto Scaling set the number of tasks, from min_capacity to max_capacity; null: desired_count holds. It needs the edition of this module in autoscaled/, which leaves desired_count alone. cpu and memory are percentages of what the tasks have reserved, requests_per_target is a number a minute for each task; each is tracked by a policy. steps are policies by name, each with the alarm that triggers it (of the service's own metrics where dimensions is null) and with adjustments counted from its threshold. schedules are bounds by name that hold from a time on, by at(), rate() or cron(). scale_in_suspended keeps what tasks there are, as a canary with tasks and a weight between 0 and 100 do by themselves: for a service to which requests of others may come back."
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

  validation {
    condition     = var.autoscaling == null ? true : local.leaves_desired_count_alone
    error_message = "autoscaling needs the source .../fargate_service/autoscaled: this edition sets desired_count at every apply, against the scaling."
  }

  validation {
    condition     = var.autoscaling != null || !local.leaves_desired_count_alone
    error_message = "autoscaling must be given in this edition, which leaves desired_count alone; without it use the source .../fargate_service."
  }

  validation {
    condition     = var.autoscaling == null ? true : try(var.autoscaling.min_capacity >= 0 && var.autoscaling.max_capacity >= max(1, var.autoscaling.min_capacity) && floor(var.autoscaling.min_capacity) == var.autoscaling.min_capacity && floor(var.autoscaling.max_capacity) == var.autoscaling.max_capacity, false)
    error_message = "autoscaling.min_capacity must be a whole number from 0 up, and max_capacity one from 1 and from min_capacity up."
  }

  validation {
    condition     = var.autoscaling == null ? true : anytrue([var.autoscaling.cpu != null, var.autoscaling.memory != null, var.autoscaling.requests_per_target != null, length(var.autoscaling.steps) + length(var.autoscaling.schedules) > 0])
    error_message = "autoscaling must have one of cpu, memory, requests_per_target, steps and schedules; nothing would scale."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue(concat([for policy in [var.autoscaling.cpu, var.autoscaling.memory] : policy.target > 0 && policy.target <= 100 if policy != null], [try(var.autoscaling.requests_per_target.target > 0, true)]))
    error_message = "autoscaling targets must be above 0, and those of cpu and memory at most 100 percent."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue(concat([for policy in [var.autoscaling.cpu, var.autoscaling.memory, var.autoscaling.requests_per_target] : min(policy.scale_out_cooldown_seconds, policy.scale_in_cooldown_seconds) >= 0 if policy != null], [for step in values(var.autoscaling.steps) : step.cooldown_seconds >= 0]))
    error_message = "autoscaling cooldowns must not be negative."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for step in values(var.autoscaling.steps) : contains(["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"], step.adjustment_type)])
    error_message = "autoscaling.steps adjustment_type must be ChangeInCapacity, PercentChangeInCapacity or ExactCapacity."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for step in values(var.autoscaling.steps) : length(step.adjustments) > 0 && alltrue([for one in step.adjustments : one.from != null || one.to != null])])
    error_message = "autoscaling.steps must have adjustments, each with from or to: how far the metric is from the threshold."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for one in values(var.autoscaling.schedules) : can(regex("^(at|rate|cron)\\(.+\\)$", one.schedule)) && (one.min_capacity != null || one.max_capacity != null)])
    error_message = "autoscaling.schedules must have a schedule such as cron(0 8 ? * MON-FRI *), at(2030-01-31T08:00:00) or rate(1 hour), and min_capacity or max_capacity."
  }
}
