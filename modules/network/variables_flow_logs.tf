variable "flow_logs" {
  description = "A line about each flow in the VPC; null: none is written. With a bucket, or a folder in it, they go to S3, whose policy must let delivery.logs.amazonaws.com write, else to a log group that keeps them for retention_days, encrypted with the key of kms_key_arn if one is given. permissions_boundary_arn and role_path are for the role that writes there. traffic_type: ALL, ACCEPT or REJECT. aggregation_seconds: 60 or 600."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(flatten([for flow_logs in var.flow_logs[*] : [try(keys(flow_logs), []), [for name in try(keys(flow_logs.bucket), []) : "bucket.${name}"]]]), local.known.flow_logs)) == 0
    error_message = "flow_logs do not know ${join(", ", setsubtract(flatten([for flow_logs in var.flow_logs[*] : [try(keys(flow_logs), []), [for name in try(keys(flow_logs.bucket), []) : "bucket.${name}"]]]), local.known.flow_logs))}. They know ${join(", ", local.known.flow_logs)}."
  }

  validation {
    condition     = alltrue([for value in try(var.flow_logs.traffic_type[*], []) : contains(["ALL", "ACCEPT", "REJECT"], value)])
    error_message = "flow_logs.traffic_type must be ALL, ACCEPT or REJECT."
  }

  validation {
    condition     = alltrue([for value in try(var.flow_logs.aggregation_seconds[*], []) : contains([60, 600], try(tonumber(value), 0))])
    error_message = "flow_logs.aggregation_seconds must be 60 or 600."
  }

  validation {
    condition     = alltrue([for value in try(var.flow_logs.retention_days[*], []) : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], try(tonumber(value), 0))])
    error_message = "flow_logs.retention_days must be one of CloudWatch's, such as 7, 30, 90 or 365."
  }

  validation {
    condition     = try(var.flow_logs.bucket, null) == null || can(regex("^arn:[a-z-]+:s3:::[^*]+$", var.flow_logs.bucket.arn))
    error_message = "flow_logs.bucket.arn must be the ARN of a bucket, or of a folder in it."
  }

  validation {
    condition     = try(var.flow_logs.bucket, null) == null || (try(var.flow_logs.kms_key_arn, null) == null && try(var.flow_logs.permissions_boundary_arn, null) == null && try(var.flow_logs.role_path, "/") == "/")
    error_message = "flow_logs.kms_key_arn, permissions_boundary_arn and role_path are for a log group and its role; with a bucket there is neither."
  }

  validation {
    condition     = alltrue([for value in try(var.flow_logs.role_path[*], []) : can(regex("^/([!-~]+/)?$", value)) && try(length(tostring(value)) <= 512, false)])
    error_message = "flow_logs.role_path must begin and end with /."
  }
}
