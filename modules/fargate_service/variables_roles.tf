# What it may do

variable "task_policies" {
  description = "What the containers may do in AWS: name of an inline policy of the task role => policy JSON. Names must be known when planning."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for policy in values(var.task_policies) : can(jsondecode(policy).Statement)])
    error_message = "task_policies must be IAM policy documents in JSON, with a Statement."
  }
}

variable "enable_execute_command" {
  description = "Whether somebody with ecs:ExecuteCommand may run commands in a container; the task role may then open the channels for it. The container's files have to be writable for it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.enable_execute_command || !var.readonly_root_filesystem
    error_message = "enable_execute_command needs readonly_root_filesystem = false, because the agent for it writes files."
  }
}

variable "role_path" {
  description = "Path of both roles. With another than / their names end with a part of its hash, so that a change makes the new ones before the old go."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]+/)?$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path must begin and end with /."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what both roles may do, whatever else allows it; null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::[^:]*:policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy."
  }
}
