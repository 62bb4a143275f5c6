output "service_name" {
  description = "Name of the ECS service."
  value       = aws_ecs_service.this.name
}

output "service_arn" {
  description = "ARN of the ECS service."
  value       = aws_ecs_service.this.id
}

output "task_definition_arn" {
  description = "ARN of the task definition revision that the service's own tasks were asked for; they may run another one after a rollback."
  value       = local.own_task_definition_arn
}

output "canary_service_name" {
  description = "Name of the canary's ECS service; null without a canary."
  value       = one([for service in aws_ecs_service.canary : service.name])
}

output "canary_task_definition_arn" {
  description = "ARN of the task definition revision that the canary was asked for, which is the one declared here; null without a canary."
  value       = module.typed.canary == null ? null : aws_ecs_task_definition.this.arn
}

output "canary_target_group_arn" {
  description = "ARN of the canary's target group; null without a canary."
  value       = one([for group in aws_lb_target_group.canary : group.arn])
}

output "container_name" {
  description = "Name of the container in the task definition."
  value       = var.container_name
}

output "target_group_arn" {
  description = "ARN of the target group, such as another service's fallback; null without a load balancer."
  value       = one([for group in aws_lb_target_group.this : group.arn])

  # Whoever falls back on it has rules that must come before its own, which may take every path.
  depends_on = [aws_lb_listener_rule.this]
}

output "fallback_target_group_arn" {
  description = "ARN of the target group that is there for others to fall back on; null without one."
  value       = one([for group in aws_lb_target_group.fallback : group.arn])

  # For the same reason, and because nobody would answer who falls back on it before it has tasks.
  depends_on = [aws_lb_listener_rule.this, aws_ecs_service.this]
}

output "listener_rule_arn" {
  description = "ARN of the listener rule; null without a load balancer."
  value       = one([for name, rule in aws_lb_listener_rule.this : rule.arn if name == "first"])
}

output "log_group_name" {
  description = "Name of the log group."
  value       = local.log_group.name
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}

output "execution_role_arn" {
  description = "Role with which ECS starts the tasks."
  value       = aws_iam_role.execution.arn
}

output "task_role_arn" {
  description = "Role of the containers."
  value       = aws_iam_role.task.arn
}
