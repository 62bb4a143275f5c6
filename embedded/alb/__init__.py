"""The embedded load balancer: what an ALB listener says, obeyed by a local proxy."""
