# The central account: what receives the telemetry of all accounts, works on it, and watches over that.
#
# Read on in this order: streams.tf (where telemetry arrives), forwarder.tf, firehose.tf, storage.tf, service.tf, network.tf,
# directory.tf, alarms.tf. Nothing here subscribes a log group of this account: what Fanin logs would come back to it.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
  iam        = "arn:${local.partition}:iam::${local.account_id}"

  # Names of what policies name before it is made.
  bucket_name     = coalesce(var.bucket_name, "${var.name}-${local.account_id}-${local.region}")
  forwarder_name  = "${var.name}-forwarder"
  forwarder_group = "/aws/lambda/${local.forwarder_name}"
  service_group   = "/ecs/${var.name}"
  run_role_name   = "${var.name}-run"

  tags = merge({ application = var.name }, var.tags)

  # ARNs of streams of Firehose whose own policies name what uses them.
  spill_arn = "arn:${local.partition}:firehose:${local.region}:${local.account_id}:deliverystream/${var.name}-spill"

  # What both programs know of this installation, so that one fanin.yaml suits every one of them.
  environment = merge({
    FANIN_ACCOUNT_ID             = local.account_id
    FANIN_BUCKET                 = local.bucket_name
    FANIN_LOGS_STREAM_ARN        = aws_kinesis_stream.logs.arn
    FANIN_SAMPLES_STREAM_ARN     = aws_kinesis_stream.samples.arn
    FANIN_SPILL_STREAM           = "${var.name}-spill"
    FANIN_BACKEND_SECRET         = aws_secretsmanager_secret.backend.name
    FANIN_ENDPOINT_SECRET        = aws_secretsmanager_secret.endpoint.name
    FANIN_ORGANIZATIONS_ROLE_ARN = coalesce(var.organizations_reader_role_arn, "none")
  }, var.environment)

  config_url = "s3://${local.bucket_name}/config/fanin.yaml"
}
