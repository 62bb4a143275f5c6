# How many tasks there are when that is not one number

variable "autoscaling" {
  description = "Lets Application Auto Scaling set the number of tasks, from min_capacity to max_capacity; null: desired_count holds. It needs the edition of this module in autoscaled/, which leaves desired_count alone. cpu and memory are percentages of what the tasks have reserved, requests_per_target is a number a minute for each task; each is tracked by a policy. steps are policies by name, each with the alarm that triggers it (of the service's own metrics where dimensions is null) and with adjustments counted from its threshold. schedules are bounds by name that hold from a time on, by at(), rate() or cron(). scale_in_suspended keeps what tasks there are, as a canary with tasks and a weight between 0 and 100 do by themselves: for a service to which requests of others may come back."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(flatten([for scaling in var.autoscaling[*] : [try(keys(scaling), []), [for policy in ["cpu", "memory", "requests_per_target"] : [for name in try(keys(scaling[policy]), []) : "${policy}.${name}"]], [for step in try(keys(scaling.steps), []) : [[for name in try(keys(scaling.steps[step]), []) : "steps.${name}"], [for name in try(keys(scaling.steps[step].alarm), []) : "steps.alarm.${name}"], [for one in try([for one in scaling.steps[step].adjustments : one], []) : [for name in try(keys(one), []) : "steps.adjustments.${name}"]]]], [for schedule in try(keys(scaling.schedules), []) : [for name in try(keys(scaling.schedules[schedule]), []) : "schedules.${name}"]]]]), local.known.autoscaling)) == 0
    error_message = "autoscaling does not know ${join(", ", setsubtract(flatten([for scaling in var.autoscaling[*] : [try(keys(scaling), []), [for policy in ["cpu", "memory", "requests_per_target"] : [for name in try(keys(scaling[policy]), []) : "${policy}.${name}"]], [for step in try(keys(scaling.steps), []) : [[for name in try(keys(scaling.steps[step]), []) : "steps.${name}"], [for name in try(keys(scaling.steps[step].alarm), []) : "steps.alarm.${name}"], [for one in try([for one in scaling.steps[step].adjustments : one], []) : [for name in try(keys(one), []) : "steps.adjustments.${name}"]]]], [for schedule in try(keys(scaling.schedules), []) : [for name in try(keys(scaling.schedules[schedule]), []) : "schedules.${name}"]]]]), local.known.autoscaling))}. It knows ${join(", ", local.known.autoscaling)}."
  }

  validation {
    condition     = var.autoscaling == null ? true : local.leaves_desired_count_alone
    error_message = "autoscaling needs the source .../fargate_service/autoscaled: this edition sets desired_count at every apply, against the scaling."
  }

  validation {
    condition     = var.autoscaling != null || !local.leaves_desired_count_alone
    error_message = "autoscaling must be given in this edition, which leaves desired_count alone; without it use the source .../fargate_service."
  }

  validation {
    condition     = var.autoscaling == null ? true : try(var.autoscaling.min_capacity >= 0 && var.autoscaling.max_capacity >= max(1, var.autoscaling.min_capacity) && var.autoscaling.min_capacity % 1 == 0 && var.autoscaling.max_capacity % 1 == 0, false)
    error_message = "autoscaling.min_capacity must be a whole number from 0 up, and max_capacity one from 1 and from min_capacity up."
  }

  validation {
    condition     = var.autoscaling == null ? true : anytrue([for name in ["cpu", "memory", "requests_per_target"] : try(var.autoscaling[name], null) != null]) || length(concat(try(keys(var.autoscaling.steps), []), try(keys(var.autoscaling.schedules), []))) > 0
    error_message = "autoscaling must have one of cpu, memory, requests_per_target, steps and schedules; nothing would scale."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for name, most in { cpu = 100, memory = 100, requests_per_target = null } : try(var.autoscaling[name].target > 0 && (most == null || var.autoscaling[name].target <= coalesce(most, 0)), try(var.autoscaling[name], null) == null)])
    error_message = "autoscaling targets must be above 0, and those of cpu and memory at most 100 percent."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for seconds in concat(flatten([for name in ["cpu", "memory", "requests_per_target"] : [for kind in ["scale_out_cooldown_seconds", "scale_in_cooldown_seconds"] : try(coalesce(var.autoscaling[name][kind]), 0)]]), [for step in try(values(var.autoscaling.steps), []) : try(coalesce(step.cooldown_seconds), 0)]) : try(seconds >= 0, false)])
    error_message = "autoscaling cooldowns must not be negative."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for step in try(values(var.autoscaling.steps), []) : contains(["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"], try(coalesce(step.adjustment_type), "ChangeInCapacity"))])
    error_message = "autoscaling.steps adjustment_type must be ChangeInCapacity, PercentChangeInCapacity or ExactCapacity."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for step in try(values(var.autoscaling.steps), []) : try(length(step.adjustments) > 0 && alltrue([for one in step.adjustments : try(one.from, null) != null || try(one.to, null) != null]), false)])
    error_message = "autoscaling.steps must have adjustments, each with from or to: how far the metric is from the threshold."
  }

  validation {
    condition     = var.autoscaling == null ? true : alltrue([for one in try(values(var.autoscaling.schedules), []) : can(regex("^(at|rate|cron)\\(.+\\)$", one.schedule)) && (try(one.min_capacity, null) != null || try(one.max_capacity, null) != null)])
    error_message = "autoscaling.schedules must have a schedule such as cron(0 8 ? * MON-FRI *), at(2030-01-31T08:00:00) or rate(1 hour), and min_capacity or max_capacity."
  }
}
