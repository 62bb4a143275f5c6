output "role_arn" {
  description = "ARN of the role, for the workflow's step that takes it."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the role."
  value       = aws_iam_role.this.name
}

output "provider_arn" {
  description = "ARN of the identity provider, for the account's other roles of this kind."
  value       = local.provider_arn
}

output "policies" {
  description = "Policy JSON by what it is about."
  value       = { for name, policy in aws_iam_policy.this : name => policy.policy }
}
