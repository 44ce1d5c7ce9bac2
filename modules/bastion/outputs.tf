# How to get in.

output "external_ip" {
  description = "Public address of the bastion; null for an endpoint."
  value       = one(aws_eip.main[*].public_ip)
}

output "instance_id" {
  description = "Instance id of the bastion, for aws ssm start-session; null for an endpoint."
  value       = one(aws_instance.main[*].id)
}

output "endpoint_id" {
  description = "Id of the EC2 Instance Connect Endpoint; null for an instance."
  value       = one(aws_ec2_instance_connect_endpoint.main[*].id)
}

output "command" {
  description = "Command that gets in: a shell on the bastion, or, through the endpoint, on an instance whose id you give."
  value = (
    var.mode == "instance"
    ? "aws ssm start-session --region ${data.aws_region.current.id} --target ${aws_instance.main[0].id}"
    : "aws ec2-instance-connect ssh --region ${data.aws_region.current.id} --connection-type eice --instance-id <id>"
  )
}
