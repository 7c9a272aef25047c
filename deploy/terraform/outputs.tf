output "logs_stream_arn" {
  description = "Stream of logs: `target_arn` of modules/region, and `forwarded` in fanin.yaml."
  value       = aws_kinesis_stream.logs.arn
}

output "samples_stream_arn" {
  description = "Stream of samples: `sources.kinesis[].stream` with `carries: samples` in fanin.yaml."
  value       = aws_kinesis_stream.samples.arn
}

output "destination_role_arn" {
  description = "Role by which CloudWatch Logs writes: `role_arn` of modules/region."
  value       = aws_iam_role.destination.arn
}

output "destination_arn" {
  description = "Log destination of this Region: parameter `DestinationArn` of the tenants' template."
  value       = one(module.region[*].destination_arn)
}

output "bucket" {
  description = "Bucket of configuration, state, spill, dead letters and archive."
  value       = aws_s3_bucket.this.id
}

output "spill_stream" {
  description = "Firehose stream for `storage.spill: firehose:<name>` in fanin.yaml."
  value       = aws_kinesis_firehose_delivery_stream.spill.name
}

output "service_role_arn" {
  description = "Role of fanin run: who may assume the roles in the management account and in tenant accounts."
  value       = aws_iam_role.service.arn
}

output "event_bus_arn" {
  description = "Bus for events of AWS Organizations: `event_bus_arn` of modules/management."
  value       = one(aws_cloudwatch_event_bus.this[*].arn)
}

output "sink_arn" {
  description = "Observability sink: parameter `SinkArn` of the tenants' template."
  value       = one(aws_oam_sink.this[*].arn)
}

output "url" {
  description = "Host of the load balancer; give it a name of your own."
  value       = one(aws_lb.this[*].dns_name)
}

output "alarm_topic_arn" {
  description = "Topic of the alarms on Fanin itself. Subscribe to it."
  value       = local.topic_arn
}

output "excluded_log_groups" {
  description = "Log groups of Fanin itself. No subscription of this account may have them: it would feed its output back to it."
  value       = [aws_cloudwatch_log_group.forwarder.name, aws_cloudwatch_log_group.service.name, aws_cloudwatch_log_group.firehose.name]
}
