output "logs_stream_arn" {
  description = "The stream of logs: `stream_arn` of modules/region in other Regions."
  value       = aws_kinesis_stream.logs.arn
}

output "samples_stream_arn" {
  description = "The stream of samples and events."
  value       = aws_kinesis_stream.samples.arn
}

output "destination_role_arn" {
  description = "The role by which CloudWatch Logs writes: `role_arn` of modules/region in other Regions."
  value       = aws_iam_role.destination.arn
}

output "destination_arn" {
  description = "The log destination of this Region: what tenant accounts of this Region forward to."
  value       = module.region.destination_arn
}

output "bucket" {
  description = "The bucket of configuration, state, spill, dead letters and archive."
  value       = aws_s3_bucket.this.id
}

output "config_url" {
  description = "Where both programs read their configuration."
  value       = local.config_url
}

output "environment" {
  description = "What fanin.yaml may refer to, for `fanin check` on a laptop."
  value       = local.environment
}

output "kms_key_arn" {
  description = "The key of streams, bucket and secrets."
  value       = local.kms_key_arn
}

output "run_role_arn" {
  description = "The role of `fanin run`: who assumes the readers of Organizations and of quotas."
  value       = aws_iam_role.run.arn
}

output "backend_secret_name" {
  description = "The secret of the backend's headers, to be filled."
  value       = aws_secretsmanager_secret.backend.name
}

output "endpoint_secret_arn" {
  description = "The secret with the key of Fanin's HTTP endpoint, to be filled: EndpointSecretArn of the tenant template."
  value       = aws_secretsmanager_secret.endpoint.arn
}

output "event_bus_arn" {
  description = "The bus for events of AWS Organizations: `event_bus_arn` of modules/management. Null where there is none."
  value       = one(aws_cloudwatch_event_bus.this[*].arn)
}

output "alarm_topic_arn" {
  description = "The topic of the alarms on Fanin itself."
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "The alarms on Fanin itself; docs/runbook.md has a section for each."
  value       = sort(keys(local.alarms))
}

output "load_balancer_dns_name" {
  description = "What the name of the page is to point to. Null where there is no load balancer."
  value       = one(aws_lb.this[*].dns_name)
}

output "own_log_groups" {
  description = "Log groups of Fanin itself, for normalize.own_log_groups: they must never be forwarded."
  value       = [local.forwarder_group, local.service_group, aws_cloudwatch_log_group.firehose.name]
}

output "forwarder_arn" {
  description = "The function."
  value       = aws_lambda_function.forwarder.arn
}
