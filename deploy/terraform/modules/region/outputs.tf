output "destination_arn" {
  description = "What accounts forward to in this Region."
  value       = aws_cloudwatch_log_destination.this.arn
}
