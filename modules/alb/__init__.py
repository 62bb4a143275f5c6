"""Module and construct `alb`: the load balancer that all services share."""
