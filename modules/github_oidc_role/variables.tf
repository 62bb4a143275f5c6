variable "name" {
  description = "Name of the role, and beginning of the names of its policies."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,50}$", var.name))
    error_message = "name must be 1 to 50 letters, digits or + = , . @ _ -."
  }
}

variable "repository" {
  description = "GitHub repository whose workflows take the role, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name, without patterns."
  }
}

variable "environments" {
  description = "Environments of the repository whose jobs take the role: who may deploy is decided by their reviewers."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.environments : can(regex("^[A-Za-z0-9 ._-]+$", name))])
    error_message = "environments must be names, without patterns."
  }

  validation {
    condition     = length(var.environments) + length(var.branches) > 0
    error_message = "environments or branches must name at least one, or nobody can take the role."
  }
}

variable "branches" {
  description = "Branches whose jobs take the role where they name no environment."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.branches : can(regex("^[A-Za-z0-9._/-]+$", name))])
    error_message = "branches must be names, without patterns."
  }
}

variable "access" {
  description = "What the role may do: `read`, all that a plan and a search for drift need, or `deploy`, also what makes, changes and removes an environment."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["read", "deploy"], var.access)
    error_message = "access must be read or deploy."
  }
}

variable "system" {
  description = "Name of the system that is deployed; everything of an environment is named and tagged by it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.system))
    error_message = "system must be at most 16 small letters, digits and hyphens, a letter first."
  }
}

variable "env" {
  description = "Name of the environment that is deployed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.env))
    error_message = "env must be at most 12 small letters, digits and hyphens, a letter first."
  }
}

variable "state_bucket" {
  description = "S3 bucket of the Terraform state."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be the name of a bucket."
  }
}

variable "creates_provider" {
  description = "Whether the account's identity provider for GitHub is made here; an account has one, so only its first role of this kind does."
  type        = bool
  default     = true
  nullable    = false
}

variable "max_session_seconds" {
  description = "How long a workflow may keep the role."
  type        = number
  default     = 7200
  nullable    = false

  validation {
    condition     = var.max_session_seconds >= 3600 && var.max_session_seconds <= 43200
    error_message = "max_session_seconds must be from 3600 to 43200."
  }
}

variable "path" {
  description = "Path of the role and its policies in IAM."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9_.-]+/)*$", var.path))
    error_message = "path must begin and end with a slash."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that bounds what the role may do; null: none does."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]*:policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy."
  }
}

variable "tags" {
  description = "Tags of everything here, on top of the provider's."
  type        = map(string)
  default     = {}
  nullable    = false
}
