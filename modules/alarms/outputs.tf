output "alarm_names" {
  description = "Names of the alarms, by what they watch, such as reviews-p99."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}

output "alarm_arns" {
  description = "ARNs of the alarms, by what they watch."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn }
}

output "dashboard_name" {
  description = "Name of the dashboard; null without one."
  value       = one([for dashboard in aws_cloudwatch_dashboard.this : dashboard.dashboard_name])
}
