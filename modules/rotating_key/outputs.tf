output "current_name" {
  description = "Name of the parameter whose key callers send."
  value       = aws_ssm_parameter.slot[var.current_slot].name
}

output "current_arn" {
  description = "ARN of the parameter whose key callers send."
  value       = aws_ssm_parameter.slot[var.current_slot].arn
}

output "other_name" {
  description = "Name of the parameter whose key is accepted too."
  value       = aws_ssm_parameter.slot[local.other_slot].name
}

output "other_arn" {
  description = "ARN of the parameter whose key is accepted too, so that it can become current."
  value       = aws_ssm_parameter.slot[local.other_slot].arn
}
