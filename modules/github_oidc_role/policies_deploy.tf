# What an apply and a destroy ask of AWS on top of a plan: of this environment's own things by their names or, where AWS makes
# up the names, of those that carry its tags.

locals {
  # What is made has to be tagged as this environment's; what is changed or removed has to carry the tags already.
  made  = { StringEquals = { "aws:RequestTag/Project" = var.system, "aws:RequestTag/Env" = var.env } }
  owned = { StringEquals = { "aws:ResourceTag/Project" = var.system, "aws:ResourceTag/Env" = var.env } }

  ec2_arn = "arn:${local.partition}:ec2:${local.here}"

  tagged_kinds = ["elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint"]
  tagged_arns  = [for kind in local.tagged_kinds : "${local.ec2_arn}:${kind}/*"]

  deploy_policies = {
    network = [
      {
        Sid = "MakeNetwork"
        Action = [
          "ec2:AllocateAddress",
          "ec2:CreateInternetGateway",
          "ec2:CreateNatGateway",
          "ec2:CreateRouteTable",
          "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet",
          "ec2:CreateVpc",
          "ec2:CreateVpcEndpoint",
        ]
        Resource  = local.tagged_arns
        Condition = local.made
      },
      {
        # AWS asks also about what the new thing is made in.
        Sid       = "MakeWithin"
        Action    = ["ec2:CreateNatGateway", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpcEndpoint"]
        Resource  = [for kind in ["elastic-ip", "route-table", "subnet", "vpc"] : "${local.ec2_arn}:${kind}/*"]
        Condition = local.owned
      },
      {
        Sid       = "TagWhatIsMade"
        Action    = ["ec2:CreateTags"]
        Resource  = local.tagged_arns
        Condition = local.made
      },
      {
        Sid = "ChangeNetwork"
        Action = [
          "ec2:AssociateRouteTable",
          "ec2:AttachInternetGateway",
          "ec2:AuthorizeSecurityGroupEgress",
          "ec2:AuthorizeSecurityGroupIngress",
          "ec2:CreateRoute",
          "ec2:DeleteInternetGateway",
          "ec2:DeleteNatGateway",
          "ec2:DeleteRoute",
          "ec2:DeleteRouteTable",
          "ec2:DeleteSecurityGroup",
          "ec2:DeleteSubnet",
          "ec2:DeleteTags",
          "ec2:DeleteVpc",
          "ec2:DeleteVpcEndpoints",
          "ec2:DetachInternetGateway",
          "ec2:DisassociateAddress",
          "ec2:DisassociateRouteTable",
          "ec2:ModifySecurityGroupRules",
          "ec2:ModifySubnetAttribute",
          "ec2:ModifyVpcAttribute",
          "ec2:ModifyVpcEndpoint",
          "ec2:ReleaseAddress",
          "ec2:RevokeSecurityGroupEgress",
          "ec2:RevokeSecurityGroupIngress",
        ]
        Resource  = local.tagged_arns
        Condition = local.owned
      },
    ]

    balancing = [
      {
        Sid = "Balance"
        Action = [
          "elasticloadbalancing:AddTags",
          "elasticloadbalancing:CreateListener",
          "elasticloadbalancing:CreateLoadBalancer",
          "elasticloadbalancing:CreateRule",
          "elasticloadbalancing:CreateTargetGroup",
          "elasticloadbalancing:DeleteListener",
          "elasticloadbalancing:DeleteLoadBalancer",
          "elasticloadbalancing:DeleteRule",
          "elasticloadbalancing:DeleteTargetGroup",
          "elasticloadbalancing:ModifyListener",
          "elasticloadbalancing:ModifyListenerAttributes",
          "elasticloadbalancing:ModifyLoadBalancerAttributes",
          "elasticloadbalancing:ModifyRule",
          "elasticloadbalancing:ModifyTargetGroup",
          "elasticloadbalancing:ModifyTargetGroupAttributes",
          "elasticloadbalancing:RemoveTags",
          "elasticloadbalancing:SetRulePriorities",
          "elasticloadbalancing:SetSecurityGroups",
          "elasticloadbalancing:SetSubnets",
        ]
        Resource = local.balancer_arns
      },
    ]

    containers = [
      {
        Sid = "RunServices"
        Action = [
          "ecs:CreateCluster",
          "ecs:CreateService",
          "ecs:DeleteCluster",
          "ecs:DeleteService",
          "ecs:PutClusterCapacityProviders",
          "ecs:RegisterTaskDefinition",
          "ecs:RunTask",
          "ecs:StopTask",
          "ecs:TagResource",
          "ecs:UntagResource",
          "ecs:UpdateCluster",
          "ecs:UpdateService",
        ]
        Resource = concat(local.cluster_arns, local.service_arns, local.task_arns, local.definition_arns)
      },
      {
        Sid      = "ForgetDefinitions"
        Action   = ["ecs:DeleteTaskDefinitions"]
        Resource = local.definition_arns
      },
      {
        # This one knows no resource.
        Sid      = "LetDefinitionsGo"
        Action   = ["ecs:DeregisterTaskDefinition"]
        Resource = ["*"]
      },
      {
        Sid = "KeepImages"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchDeleteImage",
          "ecr:CompleteLayerUpload",
          "ecr:CreateRepository",
          "ecr:DeleteLifecyclePolicy",
          "ecr:DeleteRepository",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:PutImageScanningConfiguration",
          "ecr:PutImageTagMutability",
          "ecr:PutLifecyclePolicy",
          "ecr:TagResource",
          "ecr:UntagResource",
          "ecr:UploadLayerPart",
        ]
        Resource = local.repository_arns
      },
      {
        Sid      = "LogInToRegistry"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "KeepLines"
        Action   = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = local.log_group_arns
      },
    ]

    scaling = [
      {
        Sid       = "MakeScaling"
        Action    = ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
        Resource  = local.scalable_target_arns
        Condition = local.made
      },
      {
        # Other numbers of tasks are registered as the first ones were.
        Sid = "ChangeScaling"
        Action = [
          "application-autoscaling:DeleteScalingPolicy",
          "application-autoscaling:DeleteScheduledAction",
          "application-autoscaling:DeregisterScalableTarget",
          "application-autoscaling:PutScalingPolicy",
          "application-autoscaling:PutScheduledAction",
          "application-autoscaling:RegisterScalableTarget",
          "application-autoscaling:UntagResource",
        ]
        Resource  = local.scalable_target_arns
        Condition = local.owned
      },
      {
        # AWS makes the alarms of a target that is tracked with the permissions of who puts the policy.
        Sid      = "KeepAlarms"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = local.alarm_arns
      },
      {
        Sid      = "KeepDashboard"
        Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
        Resource = [local.dashboard_arn]
      },
    ]

    identity = [
      {
        Sid      = "MakeRoles"
        Action   = ["iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"]
        Resource = local.role_arns
      },
      {
        Sid       = "GiveRolesToTasks"
        Action    = ["iam:PassRole"]
        Resource  = local.role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]

    storage = [
      {
        Sid = "KeepTables"
        Action = [
          "dynamodb:BatchWriteItem",
          "dynamodb:CreateTable",
          "dynamodb:DeleteTable",
          "dynamodb:PutItem",
          "dynamodb:Scan",
          "dynamodb:TagResource",
          "dynamodb:UntagResource",
          "dynamodb:UpdateContinuousBackups",
          "dynamodb:UpdateTable",
          "dynamodb:UpdateTimeToLive",
        ]
        Resource = local.table_arns
      },
      {
        Sid      = "KeepKeys"
        Action   = ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"]
        Resource = local.parameter_arns
      },
      {
        Sid = "KeepSite"
        Action = [
          "s3:CreateBucket",
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:DeleteBucketWebsite",
          "s3:ListBucketVersions",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketWebsite",
        ]
        Resource = [local.site_bucket_arn]
      },
      {
        Sid      = "PublishSite"
        Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"]
        Resource = ["${local.site_bucket_arn}/*"]
      },
      {
        Sid       = "MakeDistribution"
        Action    = ["cloudfront:CreateDistribution", "cloudfront:TagResource"]
        Resource  = ["arn:${local.partition}:cloudfront::${local.account}:distribution/*"]
        Condition = local.made
      },
      {
        Sid       = "ChangeDistribution"
        Action    = ["cloudfront:CreateInvalidation", "cloudfront:DeleteDistribution", "cloudfront:UntagResource", "cloudfront:UpdateDistribution"]
        Resource  = ["arn:${local.partition}:cloudfront::${local.account}:distribution/*"]
        Condition = local.owned
      },
      {
        # Making one knows no resource; those that are there carry no tags, and AWS makes up their ids.
        Sid      = "MakeOriginAccess"
        Action   = ["cloudfront:CreateOriginAccessControl"]
        Resource = ["*"]
      },
      {
        Sid      = "ChangeOriginAccess"
        Action   = ["cloudfront:DeleteOriginAccessControl", "cloudfront:UpdateOriginAccessControl"]
        Resource = ["arn:${local.partition}:cloudfront::${local.account}:origin-access-control/*"]
      },
    ]
  }
}
