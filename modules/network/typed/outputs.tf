output "zones" {
  value = var.zones
}

output "flow_logs" {
  value = var.flow_logs
}
