"""Module and construct `fargate_service`: one service behind a rule of the load balancer."""
