# Where its lines go

variable "log_group" {
  description = "Log group that stands outside of this module, so that its lines outlive the service; null makes one named log_group_name, which goes with the service."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.log_group), []), local.known.log_group)) == 0
    error_message = "log_group does not know ${join(", ", setsubtract(try(keys(var.log_group), []), local.known.log_group))}. It knows ${join(", ", local.known.log_group)}."
  }
}

variable "log_group_name" {
  description = "Name of the CloudWatch log group that this module makes; null if log_group is given."
  type        = string
  default     = null

  validation {
    condition     = var.log_group_name == null || can(regex("^[A-Za-z0-9._/#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be 1 to 512 letters, digits and . _ / # -."
  }

  validation {
    condition     = (var.log_group_name == null) != (var.log_group == null)
    error_message = "log_group_name must be set if, and only if, log_group is null."
  }
}

variable "log_retention_days" {
  description = "Days that lines are kept in the log group that this module makes."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch offers, such as 7, 14, 30, 90 or 365."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the log group that this module makes, and whose policy must let CloudWatch Logs use it; null: the one of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.log_kms_key_arn == null || (var.log_group == null && can(regex(local.kms_key_pattern, var.log_kms_key_arn)))
    error_message = "log_kms_key_arn must be the ARN of a KMS key, and is for a log group of the module's own."
  }
}
