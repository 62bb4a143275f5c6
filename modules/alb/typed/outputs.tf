output "access_logs" {
  value = var.access_logs
}

output "connection_logs" {
  value = var.connection_logs
}
