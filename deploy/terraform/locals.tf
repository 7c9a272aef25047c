data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

data "aws_partition" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  region    = data.aws_region.this.name
  partition = data.aws_partition.this.partition
  bucket    = coalesce(var.bucket, "${var.name}-${local.account}-${local.region}")
  key_arn   = var.kms_key_arn != null ? var.kms_key_arn : aws_kms_key.this[0].arn
  topic_arn = var.alarm_topic_arn != null ? var.alarm_topic_arn : aws_sns_topic.alarms[0].arn
  arn       = "arn:${local.partition}"
  forwarder = "${var.name}-forwarder"
  tags      = merge({ Application = var.name }, var.tags)
}
