output "vpc_id" {
  description = "Id of the VPC."
  value       = data.aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, ordered by zone."
  value       = [for zone in sort(keys(var.public_subnet_ids)) : data.aws_subnet.this["public ${zone}"].id]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, ordered by zone."
  value       = [for zone in sort(keys(var.private_subnet_ids)) : data.aws_subnet.this["private ${zone}"].id]
}

output "isolated_subnet_ids" {
  description = "Ids of the isolated subnets, ordered by zone."
  value       = [for zone in sort(keys(var.isolated_subnet_ids)) : data.aws_subnet.this["isolated ${zone}"].id]
}

output "public_subnet_ids_by_zone" {
  description = "Id of the public subnet of each zone."
  value       = { for key, subnet in local.subnets : subnet.zone => data.aws_subnet.this[key].id if subnet.kind == "public" }
}

output "private_subnet_ids_by_zone" {
  description = "Id of the private subnet of each zone."
  value       = { for key, subnet in local.subnets : subnet.zone => data.aws_subnet.this[key].id if subnet.kind == "private" }
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = data.aws_vpc.this.cidr_block
}

output "ipv6_cidr_block" {
  description = "IPv6 range of the VPC; null without IPv6."
  value       = data.aws_vpc.this.ipv6_cidr_block == "" ? null : data.aws_vpc.this.ipv6_cidr_block
}
