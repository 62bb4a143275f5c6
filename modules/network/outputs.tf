output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, ordered by zone name. Known only after their way to the internet stands."
  value       = [for zone in sort(keys(module.typed.zones)) : aws_subnet.public[zone].id]

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, ordered by zone name. Known only after their routes and endpoints stand."
  value       = [for zone in sort(keys(module.typed.zones)) : aws_subnet.private[zone].id]

  depends_on = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface, aws_vpc_security_group_ingress_rule.endpoints]
}

output "isolated_subnet_ids" {
  description = "Ids of the isolated subnets, ordered by zone name. Known only after their routes and endpoints stand."
  value       = [for zone in sort(keys(aws_subnet.isolated)) : aws_subnet.isolated[zone].id]

  depends_on = [aws_route_table_association.isolated, aws_vpc_endpoint.gateway]
}

output "public_subnet_ids_by_zone" {
  description = "Id of the public subnet of each zone."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}

output "private_subnet_ids_by_zone" {
  description = "Id of the private subnet of each zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "ipv6_cidr_block" {
  description = "IPv6 range of the VPC; null without IPv6."
  value       = var.ipv6 ? aws_vpc.this.ipv6_cidr_block : null
}

output "nat_public_ips" {
  description = "Addresses from which the private subnets call the internet over IPv4, by the zone of the NAT gateway."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "endpoints_security_group_id" {
  description = "Security group of the interface endpoints; null without any."
  value       = one([for group in aws_security_group.endpoints : group.id])
}

output "flow_log_group_name" {
  description = "Log group of the flow logs; null where they are not written, or to a bucket."
  value       = one([for group in aws_cloudwatch_log_group.flow_logs : group.name])
}
