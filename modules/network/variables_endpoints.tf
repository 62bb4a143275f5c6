variable "interface_endpoints" {
  description = "Services of AWS that private subnets reach inside the VPC, by the end of the endpoint's name: ecr.api, ecr.dkr, logs, ssm, secretsmanager, sts and so on. Each costs by zone and hour. S3 and DynamoDB are there without."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9]+([.-][a-z0-9]+)*$", service))])
    error_message = "interface_endpoints must be ends of endpoint names, such as ecr.api for com.amazonaws.us-east-1.ecr.api."
  }

  validation {
    condition     = length(setintersection(var.interface_endpoints, ["dynamodb", "s3"])) == 0
    error_message = "interface_endpoints must not name s3 or dynamodb: both are reached through gateway endpoints, which are free."
  }
}

variable "interface_endpoint_policies" {
  description = "Policies in JSON of interface endpoints, by service; empty: AWS's own, which allows everything, for services that take no other. Without one an endpoint carries calls of this account's principals only."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.interface_endpoint_policies), var.interface_endpoints)) == 0
    error_message = "interface_endpoint_policies must be keyed by services of interface_endpoints."
  }

  validation {
    condition     = alltrue([for policy in values(var.interface_endpoint_policies) : policy == "" || can(jsondecode(policy).Statement)])
    error_message = "interface_endpoint_policies must be policies in JSON, or empty."
  }
}

variable "required_endpoints" {
  description = "What tasks in the private subnets cannot do without where there is no NAT gateway; empty, if there are none. Images come from ECR and lines go to CloudWatch Logs; add what else they call, such as secretsmanager."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "logs"]
  nullable    = false

  validation {
    condition     = var.nat_mode != "none" || length(setsubtract(var.required_endpoints, var.interface_endpoints)) == 0
    error_message = "Without a NAT gateway tasks do not start, for they cannot reach ${join(", ", setsubtract(var.required_endpoints, var.interface_endpoints))}: add that to interface_endpoints, or set required_endpoints = [] if no tasks run in the private subnets."
  }
}
