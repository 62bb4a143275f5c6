# What runs in the service's own container

variable "image" {
  description = "Image reference with a tag that is never moved, a digest, or both."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex(local.image_pattern, var.image)) && !endswith(var.image, ":latest")
    error_message = "image must carry a tag other than latest, or a digest, or both; a moving tag cannot be rolled back."
  }
}

variable "repository_arn" {
  description = "ARN of the ECR repository that the image is pulled from; null for a public image."
  type        = string
  default     = null
}

variable "container_name" {
  description = "Name of the container in the task definition."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.container_name))
    error_message = "container_name must be 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "container_port" {
  description = "TCP port on which the container listens; given to it as PORT. It has none without load balancer and Service Connect."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.container_port >= 1 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "container_port must be a TCP port from 1 to 65535."
  }
}

variable "entry_point" {
  description = "Program, with its first arguments, instead of the image's ENTRYPOINT; the image's CMD does not count then."
  type        = list(string)
  default     = null
}

variable "command" {
  description = "Arguments instead of the image's CMD."
  type        = list(string)
  default     = null
}

variable "user" {
  description = "User of the container instead of the image's: name or id, with :group if need be."
  type        = string
  default     = null
}

variable "environment" {
  description = "Environment of the container, without PORT and without secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !contains(keys(var.environment), "PORT")
    error_message = "environment must not set PORT; set container_port."
  }
}

variable "secrets" {
  description = "Environment variables filled from SSM parameters or Secrets Manager secrets: name => ARN, which may go on with :json-key:stage:version for a key of a secret in JSON. The execution role may read exactly these."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex(local.secret_pattern, arn))])
    error_message = "secrets must be ARNs of SSM parameters or Secrets Manager secrets, these with :json-key:stage:version or nothing after them."
  }

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "secrets must not repeat a name of environment."
  }
}

variable "secrets_kms_key_arns" {
  description = "KMS keys, by a name of theirs, with which secrets and parameters are encrypted; none for those of AWS. The execution role may decrypt with these, for Secrets Manager and SSM only."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secrets_kms_key_arns) : can(regex(local.kms_key_pattern, arn))])
    error_message = "secrets_kms_key_arns must be ARNs of KMS keys; an alias gives no permission."
  }
}

variable "readonly_root_filesystem" {
  description = "Whether the container's own files are write-protected."
  type        = bool
  default     = true
  nullable    = false
}

variable "container_health_check" {
  description = "Command in the container by which ECS finds out whether it is healthy: CMD and words, or CMD-SHELL and a line; null: there is none. A task is replaced when its essential containers are not."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.container_health_check), []), local.known.container_health_check)) == 0
    error_message = "container_health_check does not know ${join(", ", setsubtract(try(keys(var.container_health_check), []), local.known.container_health_check))}. It knows ${join(", ", local.known.container_health_check)}."
  }

  validation {
    condition     = alltrue([for check in var.container_health_check[*] : try(length(check.command) >= 2 && contains(["CMD", "CMD-SHELL"], check.command[0]), false)])
    error_message = "container_health_check.command must be CMD or CMD-SHELL and what is run."
  }

  validation {
    condition     = alltrue(flatten([for check in var.container_health_check[*] : [for name, limits in { interval_seconds = [5, 300], timeout_seconds = [2, 60], retries = [1, 10], start_period_seconds = [0, 300] } : [for value in try(check[name][*], []) : try(value >= limits[0] && value <= limits[1], false)]]]))
    error_message = "container_health_check must have an interval of 5 to 300 seconds, a timeout of 2 to 60, 1 to 10 retries and a start period of 0 to 300 seconds."
  }
}

variable "stop_timeout_seconds" {
  description = "Seconds from SIGTERM to SIGKILL, of sidecars too."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.stop_timeout_seconds >= 2 && var.stop_timeout_seconds <= 120
    error_message = "stop_timeout_seconds must be from 2 to 120, which is Fargate's limit."
  }
}
