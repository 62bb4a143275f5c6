# What a plan asks AWS. Most of it can be asked of everything or of nothing: these APIs know no resource.

locals {
  prefix    = "${var.system}-${var.env}"
  region    = data.aws_region.this.id
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  here      = "${local.region}:${local.account}"

  state_bucket_arn = "arn:${local.partition}:s3:::${var.state_bucket}"
  site_bucket_arn  = "arn:${local.partition}:s3:::${local.prefix}-site-${local.account}-${local.region}"
  table_arns       = ["arn:${local.partition}:dynamodb:${local.here}:table/${local.prefix}-*"]
  repository_arns  = ["arn:${local.partition}:ecr:${local.here}:repository/${local.prefix}-*"]
  log_group_arns   = ["arn:${local.partition}:logs:${local.here}:log-group:/${var.system}/${var.env}/*"]
  parameter_arns   = ["arn:${local.partition}:ssm:${local.here}:parameter/${var.system}/${var.env}/*"]
  role_arns        = ["arn:${local.partition}:iam::${local.account}:role/${local.prefix}-*"]
  cluster_arns     = ["arn:${local.partition}:ecs:${local.here}:cluster/${local.prefix}"]
  service_arns     = ["arn:${local.partition}:ecs:${local.here}:service/${local.prefix}/*"]
  task_arns        = ["arn:${local.partition}:ecs:${local.here}:task/${local.prefix}/*"]
  definition_arns  = ["arn:${local.partition}:ecs:${local.here}:task-definition/${local.prefix}-*:*"]
  dashboard_arn    = "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.prefix}"
  alarm_arns       = [for name in ["${local.prefix}-*", "TargetTracking-service/${local.prefix}/*"] : "arn:${local.partition}:cloudwatch:${local.here}:alarm:${name}"]

  scalable_target_arns = ["arn:${local.partition}:application-autoscaling:${local.here}:scalable-target/*"]

  balancer_arns = [
    "arn:${local.partition}:elasticloadbalancing:${local.here}:loadbalancer/app/${local.prefix}/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:loadbalancer/app/${local.prefix}-internal/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:listener/app/${local.prefix}/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:listener/app/${local.prefix}-internal/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:listener-rule/app/${local.prefix}/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:listener-rule/app/${local.prefix}-internal/*",
    "arn:${local.partition}:elasticloadbalancing:${local.here}:targetgroup/${local.prefix}-*/*",
  ]

  read_policies = {
    look = [
      {
        Sid = "Look"
        Action = [
          "application-autoscaling:DescribeScalableTargets",
          "application-autoscaling:DescribeScalingPolicies",
          "application-autoscaling:DescribeScheduledActions",
          "cloudfront:ListDistributions",
          "cloudfront:ListOriginAccessControls",
          "cloudfront:ListTagsForResource",
          "cloudwatch:GetMetricData",
          "cloudwatch:GetMetricStatistics",
          "cloudwatch:ListDashboards",
          "dynamodb:ListTables",
          "ec2:DescribeAddresses",
          "ec2:DescribeAddressesAttribute",
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeInternetGateways",
          "ec2:DescribeNatGateways",
          "ec2:DescribeNetworkAcls",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribePrefixLists",
          "ec2:DescribeRegions",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroupRules",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeTags",
          "ec2:DescribeVpcEndpoints",
          "ec2:DescribeVpcs",
          "ecs:DescribeTaskDefinition",
          "ecs:ListClusters",
          "ecs:ListServices",
          "ecs:ListTaskDefinitions",
          "ecs:ListTasks",
          "elasticloadbalancing:DescribeCapacityReservation",
          "elasticloadbalancing:DescribeListenerAttributes",
          "elasticloadbalancing:DescribeListenerCertificates",
          "elasticloadbalancing:DescribeListeners",
          "elasticloadbalancing:DescribeLoadBalancerAttributes",
          "elasticloadbalancing:DescribeLoadBalancers",
          "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTags",
          "elasticloadbalancing:DescribeTargetGroupAttributes",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
          "iam:ListRoles",
          "logs:DescribeLogGroups",
          "s3:ListAllMyBuckets",
          "servicequotas:GetAWSDefaultServiceQuota",
          "servicequotas:GetServiceQuota",
          "servicequotas:ListServiceQuotas",
          "ssm:DescribeParameters",
          "tag:GetResources",
        ]
        Resource = ["*"]
      },
      {
        Sid      = "LookAtCluster"
        Action   = ["ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListTagsForResource"]
        Resource = concat(local.cluster_arns, local.service_arns, local.task_arns, local.definition_arns)
      },
      {
        Sid      = "LookAtNetwork"
        Action   = ["ec2:DescribeVpcAttribute"]
        Resource = ["arn:${local.partition}:ec2:${local.here}:vpc/*"]
      },
      {
        Sid    = "LookAtEdge"
        Action = ["cloudfront:GetDistribution", "cloudfront:GetOriginAccessControl"]
        Resource = [
          "arn:${local.partition}:cloudfront::${local.account}:distribution/*",
          "arn:${local.partition}:cloudfront::${local.account}:origin-access-control/*",
        ]
      },
      {
        Sid      = "LookAtAlarms"
        Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
        Resource = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:*"]
      },
      {
        Sid      = "LookAtDashboard"
        Action   = ["cloudwatch:GetDashboard"]
        Resource = [local.dashboard_arn]
      },
      {
        # AWS makes up their ids.
        Sid      = "LookAtScaling"
        Action   = ["application-autoscaling:ListTagsForResource"]
        Resource = local.scalable_target_arns
      },
      {
        Sid      = "LookAtRegistries"
        Action   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListImages", "ecr:ListTagsForResource"]
        Resource = local.repository_arns
      },
      {
        Sid      = "LookAtRoles"
        Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags"]
        Resource = local.role_arns
      },
      {
        Sid      = "LookAtLogGroups"
        Action   = ["logs:ListTagsForResource"]
        Resource = local.log_group_arns
      },
    ]

    data = [
      {
        Sid      = "LookAtTables"
        Action   = ["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource"]
        Resource = local.table_arns
      },
      {
        # The keys that pick a side and open the facade: a plan reads the first to write it into rules.
        Sid      = "ReadKeys"
        Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"]
        Resource = local.parameter_arns
      },
      {
        # Terraform asks for the generated keys at every plan, and drops those that it does not need.
        Sid      = "GenerateKeys"
        Action   = ["secretsmanager:GetRandomPassword"]
        Resource = ["*"]
      },
      {
        Sid = "LookAtSite"
        Action = [
          "s3:GetAccelerateConfiguration",
          "s3:GetBucketAcl",
          "s3:GetBucketCORS",
          "s3:GetBucketLocation",
          "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketRequestPayment",
          "s3:GetBucketTagging",
          "s3:GetBucketVersioning",
          "s3:GetBucketWebsite",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
        ]
        Resource = [local.site_bucket_arn]
      },
    ]

    state = [
      {
        Sid      = "FindState"
        Action   = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"]
        Resource = [local.state_bucket_arn]
      },
      {
        # Also to plan: a plan holds the lock, and says who is at work.
        Sid      = "KeepState"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = ["${local.state_bucket_arn}/${local.prefix}.*"]
      },
    ]
  }
}
