# What callers give, by the types that it has to have. A type drops attributes that it does not know, without a word, so the
# variables that callers see take anything, refuse what local.known does not name, and are typed here.

variable "services" {
  type = map(object({
    service_name  = string
    min_tasks     = number
    target_group  = optional(object({ arn = string }))
    weight        = optional(number)
    canary_weight = optional(number)
  }))
  nullable = false
}

variable "thresholds" {
  type = object({
    target_5xx_percent   = optional(number, 1)
    elb_5xx_per_minute   = optional(number, 5)
    p99_seconds          = optional(number, 1)
    throttles_per_minute = optional(number, 0)
    min_requests         = optional(number, 20)
    minutes              = optional(number, 3)
  })
  default  = {}
  nullable = false
}
