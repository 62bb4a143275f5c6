output "listener_rule" {
  value = var.listener_rule
}

output "additional_listener_rules" {
  value = var.additional_listener_rules
}

output "egress_rules" {
  value = var.egress_rules
}

output "sidecars" {
  value = var.sidecars
}

output "autoscaling" {
  value = var.autoscaling
}

output "volumes" {
  value = var.volumes
}

output "mount_points" {
  value = var.mount_points
}

output "capacity_provider_strategy" {
  value = var.capacity_provider_strategy
}

output "canary" {
  value = var.canary
}

output "container_health_check" {
  value = var.container_health_check
}

output "internal_listener" {
  value = var.internal_listener
}

output "fallback" {
  value = var.fallback
}

output "preview_header" {
  value = var.preview_header
}

output "log_group" {
  value = var.log_group
}

output "service_connect" {
  value = var.service_connect
}

output "health_check" {
  value = var.health_check
}

output "deployment_alarms" {
  value = var.deployment_alarms
}

output "timeouts" {
  value = var.timeouts
}
