output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, ordered by zone name. Known only after their way to the internet stands."
  value       = [for zone in sort(keys(var.zones)) : aws_subnet.public[zone].id]

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, ordered by zone name. Known only after their routes and endpoints stand."
  value       = [for zone in sort(keys(var.zones)) : aws_subnet.private[zone].id]

  depends_on = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.gateway]
}

output "public_subnet_ids_by_zone" {
  description = "Id of the public subnet of each zone."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}
