output "sink_arn" {
  description = "What accounts link to in this Region: SinkArn of the tenant template."
  value       = aws_oam_sink.this.arn
}
