output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "dns_name" {
  description = "DNS name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "host" {
  description = "What clients put between scheme and path: the DNS name, and the port unless it is the scheme's own."
  value       = var.listener_port == (local.is_https ? 443 : 80) ? aws_lb.this.dns_name : "${aws_lb.this.dns_name}:${var.listener_port}"
}

output "listener_arn" {
  description = "ARN of the listener to which services add their rules."
  value       = aws_lb_listener.this.arn
}

output "listener_port" {
  description = "TCP port of the listener."
  value       = aws_lb_listener.this.port
}

output "security_group_id" {
  description = "Security group of the load balancer, from which services accept traffic."
  value       = aws_security_group.this.id
}

output "scheme" {
  description = "https where there is a certificate, else http."
  value       = local.is_https ? "https" : "http"
}

output "zone_id" {
  description = "Hosted zone of the DNS name, for alias records."
  value       = aws_lb.this.zone_id
}
