# What a task has beside its first container

variable "cpu_units" {
  description = "CPU of a task in units of 1/1024 vCPU."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = contains(keys(local.memory_mib_by_cpu_units), tostring(var.cpu_units))
    error_message = "cpu_units must be one of ${join(", ", sort(keys(local.memory_mib_by_cpu_units)))}."
  }
}

variable "memory_mib" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains(lookup(local.memory_mib_by_cpu_units, tostring(var.cpu_units), [var.memory_mib]), var.memory_mib)
    error_message = "memory_mib must be a size that Fargate offers for ${var.cpu_units} CPU units; see memory_mib_by_cpu_units in main.tf."
  }
}

variable "cpu_architecture" {
  description = "Architecture that the images were built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "ephemeral_storage_gib" {
  description = "Disk of a task in GiB, which goes with it; null: the 20 that are free."
  type        = number
  default     = null

  validation {
    condition     = var.ephemeral_storage_gib == null || try(var.ephemeral_storage_gib >= 21 && var.ephemeral_storage_gib <= 200 && floor(var.ephemeral_storage_gib) == var.ephemeral_storage_gib, false)
    error_message = "ephemeral_storage_gib must be a whole number from 21 to 200, which are Fargate's limits."
  }
}

variable "volumes" {
  description = "Folders that containers of a task mount by mount_points: name => {} for one that goes with the task, or efs for one on EFS, encrypted on its way and mounted with the task role, which may then mount it, and write unless read_only. The file system's security group must let these tasks in at 2049, and egress_rules must let them out."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for volume in values(var.volumes) : [try(keys(volume), []), [for name in try(keys(volume.efs), []) : "efs.${name}"]]]), local.known.volume)) == 0
    error_message = "volumes do not know ${join(", ", setsubtract(flatten([for volume in values(var.volumes) : [try(keys(volume), []), [for name in try(keys(volume.efs), []) : "efs.${name}"]]]), local.known.volume))}. They know ${join(", ", local.known.volume)}."
  }

  validation {
    condition     = alltrue([for name in keys(var.volumes) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "volumes must have names of 1 to 255 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for volume in values(var.volumes) : try(volume.efs, null) == null || try(can(regex("^arn:[^:]+:elasticfilesystem:[^:]*:[^:]*:file-system/fs-", volume.efs.file_system_arn)) && (try(volume.efs.access_point_arn, null) == null || can(regex(":access-point/fsap-", volume.efs.access_point_arn))), false)])
    error_message = "volumes: efs must have ARNs of a file system and, if any, of an access point."
  }

  validation {
    condition     = alltrue([for volume in values(var.volumes) : try(volume.efs.access_point_arn, null) == null || try(volume.efs.root_directory, null) == null])
    error_message = "volumes: efs must have an access point or a root directory, not both; the access point says where it begins."
  }
}

variable "mount_points" {
  description = "Where the service's own container has volumes: name of a volume => path, and whether it may only read."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for mount in values(var.mount_points) : try(keys(mount), [])]), local.known.mount_point)) == 0
    error_message = "mount_points do not know ${join(", ", setsubtract(flatten([for mount in values(var.mount_points) : try(keys(mount), [])]), local.known.mount_point))}. They know ${join(", ", local.known.mount_point)}."
  }

  validation {
    condition     = alltrue([for name, mount in var.mount_points : contains(keys(var.volumes), name) && try(startswith(mount.container_path, "/"), false)])
    error_message = "mount_points must name volumes, and paths that begin with /."
  }
}

variable "dependencies" {
  description = "Sidecars that the service's own container waits for: name => START, HEALTHY, COMPLETE or SUCCESS."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.dependencies) : contains(keys(module.typed.sidecars), name)])
    error_message = "dependencies must name sidecars."
  }

  validation {
    condition     = alltrue([for name, condition in var.dependencies : try(contains(concat(["START"], module.typed.sidecars[name].health_check == null ? [] : ["HEALTHY"], module.typed.sidecars[name].essential ? [] : ["COMPLETE", "SUCCESS"]), condition), true)])
    error_message = "dependencies must be START, HEALTHY of a sidecar with a health check, or COMPLETE or SUCCESS of one that is not essential."
  }
}

variable "sidecars" {
  description = "More containers of each task, by name. They share its network, volumes, roles and log group; what an essential one ends, ends the task. dependencies are as those of the service's own container, which may be among them."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for sidecar in values(var.sidecars) : [try(keys(sidecar), []), [for name in try(keys(sidecar.health_check), []) : "health_check.${name}"], [for mount in try(keys(sidecar.mount_points), []) : [for name in try(keys(sidecar.mount_points[mount]), []) : "mount_points.${name}"]]]]), local.known.sidecar)) == 0
    error_message = "sidecars do not know ${join(", ", setsubtract(flatten([for sidecar in values(var.sidecars) : [try(keys(sidecar), []), [for name in try(keys(sidecar.health_check), []) : "health_check.${name}"], [for mount in try(keys(sidecar.mount_points), []) : [for name in try(keys(sidecar.mount_points[mount]), []) : "mount_points.${name}"]]]]), local.known.sidecar))}. They know ${join(", ", local.known.sidecar)}."
  }

  validation {
    condition     = length(var.sidecars) <= 9 && !contains(keys(var.sidecars), var.container_name) && alltrue([for name in keys(var.sidecars) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "sidecars must be at most 9, with names of letters, digits, hyphens and underscores, none of them container_name."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : try(can(regex(local.image_pattern, sidecar.image)) && !endswith(sidecar.image, ":latest"), false)])
    error_message = "sidecars: each image must carry a tag other than latest, or a digest, or both."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : alltrue([for arn in try(values(sidecar.secrets), []) : can(regex(local.secret_pattern, arn))]) && length(setintersection(try(keys(sidecar.secrets), []), try(keys(sidecar.environment), []))) == 0])
    error_message = "sidecars: secrets must be ARNs as in secrets, and must not repeat a name of environment."
  }

  validation {
    condition     = alltrue([for name, sidecar in var.sidecars : try(alltrue([for needed, condition in sidecar.dependencies : needed != name && (needed == var.container_name ? condition == "START" || condition == "HEALTHY" && var.container_health_check != null : contains(keys(var.sidecars), needed) && contains(concat(["START"], try(var.sidecars[needed].health_check, null) == null ? [] : ["HEALTHY"], try(coalesce(var.sidecars[needed].essential), true) ? [] : ["COMPLETE", "SUCCESS"]), condition))]), true)])
    error_message = "sidecars: dependencies must name other containers, and be START, HEALTHY of one with a health check, or COMPLETE or SUCCESS of one that is not essential."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : try(alltrue([for name, mount in sidecar.mount_points : contains(keys(var.volumes), name) && try(startswith(mount.container_path, "/"), false)]), true)])
    error_message = "sidecars: mount_points must name volumes, and paths that begin with /."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : alltrue([for check in try(sidecar.health_check, null)[*] : try(length(check.command) >= 2 && contains(["CMD", "CMD-SHELL"], check.command[0]), false) && alltrue([for name, bounds in { interval_seconds = [5, 300], timeout_seconds = [2, 60], retries = [1, 10], start_period_seconds = [0, 300] } : try(check[name] >= bounds[0] && check[name] <= bounds[1], check[name] == null, true)])])])
    error_message = "sidecars: each health_check must be as container_health_check."
  }

  validation {
    condition     = sum(concat([0], [for sidecar in values(var.sidecars) : try(tonumber(coalesce(sidecar.cpu_units)), 0)])) <= var.cpu_units && sum(concat([0], [for sidecar in values(var.sidecars) : try(tonumber(coalesce(sidecar.memory_mib)), tonumber(coalesce(sidecar.memory_reservation_mib)), 0)])) < var.memory_mib
    error_message = "sidecars must not ask for more CPU than the task has, and must leave some of its memory to the service's own container."
  }
}
