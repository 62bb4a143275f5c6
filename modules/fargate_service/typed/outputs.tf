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
