"""The embedded EC2: subnets whose addresses are given out one by one, security groups, and what moto does by itself."""
