# What the tests of this folder call the module with; a run changes what it is about.

name                  = "shop-test-orders"
container_name        = "orders"
image                 = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-test-orders:0123456789ab"
repository_arn        = "arn:aws:ecr:us-east-1:123456789012:repository/shop-test-orders"
cluster_arn           = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-test"
vpc_id                = "vpc-1"
subnet_ids            = ["subnet-a", "subnet-b"]
listener_arn          = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop-test/0123456789abcdef/0123456789abcdef"
alb_security_group_id = "sg-alb"
listener_rule         = { priority = 1, path_patterns = ["/orders/*/refund"] }
log_group_name        = "/shop/test/orders"
