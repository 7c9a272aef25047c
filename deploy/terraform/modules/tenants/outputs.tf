output "stack_set_id" {
  description = "The stack set."
  value       = aws_cloudformation_stack_set.this.stack_set_id
}
