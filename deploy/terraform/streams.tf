# Logs of all accounts, as CloudWatch writes them.
resource "aws_kinesis_stream" "logs" {
  name             = "${var.name}-logs"
  shard_count      = var.logs_shards == 0 ? null : var.logs_shards
  retention_period = var.logs_retention_hours
  encryption_type  = "KMS"
  kms_key_id       = local.key_arn
  tags             = local.tags
  stream_mode_details {
    stream_mode = var.logs_shards == 0 ? "ON_DEMAND" : "PROVISIONED"
  }
}

# What rules took of them, and events of AWS Organizations. Only the forwarder and EventBridge write here.
resource "aws_kinesis_stream" "samples" {
  name             = "${var.name}-samples"
  shard_count      = var.samples_shards
  retention_period = 24
  encryption_type  = "KMS"
  kms_key_id       = local.key_arn
  tags             = local.tags
  stream_mode_details {
    stream_mode = "PROVISIONED"
  }
}

# By this role CloudWatch Logs writes into the stream, from each Region and for each account.
resource "aws_iam_role" "destination" {
  name               = "${var.name}-log-destination"
  assume_role_policy = data.aws_iam_policy_document.destination_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "destination_trust" {
  # CloudWatch Logs, on behalf of accounts of the organisation and of this one, and of nobody else.
  statement {
    sid     = "CloudWatchLogs"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["logs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceOrgID"
      values   = [var.organization_id]
    }
  }
}

resource "aws_iam_role_policy" "destination" {
  name   = "write"
  role   = aws_iam_role.destination.id
  policy = data.aws_iam_policy_document.destination.json
}

data "aws_iam_policy_document" "destination" {
  # Payloads go into this stream and into no other.
  statement {
    sid       = "Write"
    actions   = ["kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.logs.arn]
  }
  # The stream is encrypted.
  statement {
    sid       = "Encrypt"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [local.key_arn]
  }
}

module "region" {
  source          = "./modules/region"
  count           = var.log_destination ? 1 : 0
  name            = var.name
  organization_id = var.organization_id
  target_arn      = aws_kinesis_stream.logs.arn
  role_arn        = aws_iam_role.destination.arn
  tags            = local.tags
  depends_on      = [aws_iam_role_policy.destination]
}
