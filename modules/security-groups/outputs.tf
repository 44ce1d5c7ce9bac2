# The groups, by the names of 2016.

output "internal_elb" {
  description = "Id of the group of internal load balancers: 80 and 443 from inside the VPC."
  value       = aws_security_group.main["internal_elb"].id
}

output "external_elb" {
  description = "Id of the group of public load balancers: 80 and 443 from the world."
  value       = aws_security_group.main["external_elb"].id
}

output "external_ssh" {
  description = "Id of the bastion's group: SSH from ssh_allowed_cidrs, nothing else."
  value       = aws_security_group.main["external_ssh"].id
}

output "internal_ssh" {
  description = "Id of the group that lets the bastion in by SSH."
  value       = aws_security_group.main["internal_ssh"].id
}
