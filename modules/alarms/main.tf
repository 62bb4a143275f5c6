# Alarms on what visitors feel and on what is about to be felt. Each is one expression over metrics that AWS publishes by
# itself, one value a minute.

locals {
  load_balancer = one(regex("loadbalancer/(.+)$", var.load_balancer_arn))
  groups        = { for name, service in module.typed.services : name => regex("targetgroup/.+$", service.target_group.arn) if service.target_group != null }

  # Dimensions by service, as AWS/ApplicationELB and AWS/ECS have them.
  of_group   = { for name, group in local.groups : name => { LoadBalancer = local.load_balancer, TargetGroup = group } }
  of_service = { for name, service in module.typed.services : name => { ClusterName = var.cluster_name, ServiceName = service.service_name } }

  target_5xx = {
    for name, dimensions in local.of_group : "${name}-target-5xx" => {
      description = "More than ${module.typed.thresholds.target_5xx_percent} % of what ${name} answers are errors of its own."
      expression  = "IF(FILL(requests, 0) >= ${module.typed.thresholds.min_requests}, 100 * FILL(errors, 0) / requests, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = module.typed.thresholds.target_5xx_percent
      missing     = "notBreaching"
      metrics = {
        requests = { namespace = "AWS/ApplicationELB", name = "RequestCount", stat = "Sum", dimensions = dimensions }
        errors   = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", stat = "Sum", dimensions = dimensions }
      }
    }
  }

  # What the load balancer answers itself because no target did; AWS counts it by load balancer only.
  elb_5xx = {
    elb-5xx = {
      description = "The load balancer answers more than ${module.typed.thresholds.elb_5xx_per_minute} requests a minute with an error, because no target does."
      expression  = "FILL(errors, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = module.typed.thresholds.elb_5xx_per_minute
      missing     = "notBreaching"
      metrics = {
        errors = { namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", stat = "Sum", dimensions = { LoadBalancer = local.load_balancer } }
      }
    }
  }

  p99 = {
    for name, dimensions in local.of_group : "${name}-p99" => {
      description = "One in a hundred answers of ${name} takes longer than ${module.typed.thresholds.p99_seconds} s."
      expression  = "IF(FILL(requests, 0) >= ${module.typed.thresholds.min_requests}, p99, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = module.typed.thresholds.p99_seconds
      missing     = "notBreaching"
      metrics = {
        requests = { namespace = "AWS/ApplicationELB", name = "RequestCount", stat = "Sum", dimensions = dimensions }
        p99      = { namespace = "AWS/ApplicationELB", name = "TargetResponseTime", stat = "p99", dimensions = dimensions }
      }
    }
  }

  unhealthy_hosts = {
    for name, dimensions in local.of_group : "${name}-unhealthy-hosts" => {
      description = "A task of ${name} does not pass its health check."
      expression  = "FILL(unhealthy, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      missing     = "notBreaching"
      metrics = {
        unhealthy = { namespace = "AWS/ApplicationELB", name = "UnHealthyHostCount", stat = "Maximum", dimensions = dimensions }
      }
    }
  }

  # A service without a running task publishes nothing at all, and that is the worst case: missing values raise the alarm.
  # Each running task puts one sample of its CPU into a minute, which is how AWS counts them without Container Insights.
  too_few_tasks = {
    for name, dimensions in local.of_service : "${name}-too-few-tasks" => {
      description = var.container_insights ? "Fewer tasks of ${name} run than its service wants." : "Fewer than ${module.typed.services[name].min_tasks} tasks of ${name} run."
      expression  = var.container_insights ? "desired - FILL(running, 0)" : "FILL(running, 0)"
      comparison  = var.container_insights ? "GreaterThanThreshold" : "LessThanThreshold"
      threshold   = var.container_insights ? 0 : module.typed.services[name].min_tasks
      missing     = "breaching"
      metrics = merge(
        var.container_insights ? {
          desired = { namespace = "ECS/ContainerInsights", name = "DesiredTaskCount", stat = "Average", dimensions = dimensions }
          running = { namespace = "ECS/ContainerInsights", name = "RunningTaskCount", stat = "Average", dimensions = dimensions }
        } : {},
        var.container_insights ? {} : {
          running = { namespace = "AWS/ECS", name = "CPUUtilization", stat = "SampleCount", dimensions = dimensions }
        },
      )
    }
  }

  throttles = {
    for table in var.table_names : "${table}-throttles" => {
      description = "DynamoDB turns down more than ${module.typed.thresholds.throttles_per_minute} requests a minute for ${table}."
      expression  = "FILL(reads, 0) + FILL(writes, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = module.typed.thresholds.throttles_per_minute
      missing     = "notBreaching"
      metrics = {
        reads  = { namespace = "AWS/DynamoDB", name = "ReadThrottleEvents", stat = "Sum", dimensions = { TableName = table } }
        writes = { namespace = "AWS/DynamoDB", name = "WriteThrottleEvents", stat = "Sum", dimensions = { TableName = table } }
      }
    }
  }

  alarms = merge(local.target_5xx, local.elb_5xx, local.p99, local.unhealthy_hosts, local.too_few_tasks, local.throttles)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = module.typed.thresholds.minutes
  datapoints_to_alarm = module.typed.thresholds.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = var.topic_arns
  ok_actions          = var.topic_arns

  metric_query {
    id          = "value"
    label       = each.key
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = metric_query.value.dimensions
      }
    }
  }

  tags = var.tags
}
