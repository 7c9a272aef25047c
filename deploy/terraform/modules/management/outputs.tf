output "reader_role_arn" {
  description = "organizations_reader_role_arn of the central module. Null where the role is elsewhere."
  value       = one(aws_iam_role.reader[*].arn)
}
