output "services" {
  value = var.services
}

output "thresholds" {
  value = var.thresholds
}
