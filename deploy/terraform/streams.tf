# Where telemetry arrives, and what the forwarder makes of it for the rules.

resource "aws_kinesis_stream" "logs" {
  name             = "${var.name}-logs"
  shard_count      = var.logs_stream.mode == "PROVISIONED" ? var.logs_stream.shards : null
  retention_period = var.logs_stream.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = local.kms_key_arn
  tags             = local.tags

  stream_mode_details {
    stream_mode = var.logs_stream.mode
  }

  lifecycle {
    # Shards are added and taken away while it runs, by people or by a scaler.
    ignore_changes = [shard_count]
  }
}

resource "aws_kinesis_stream" "samples" {
  name             = "${var.name}-samples"
  shard_count      = var.samples_stream.mode == "PROVISIONED" ? var.samples_stream.shards : null
  retention_period = var.samples_stream.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = local.kms_key_arn
  tags             = local.tags

  stream_mode_details {
    stream_mode = var.samples_stream.mode
  }
}

# The role by which CloudWatch Logs of every Region writes into the stream of logs.
resource "aws_iam_role" "destination" {
  name               = "${var.name}-destination"
  description        = "CloudWatch Logs writes what accounts of the organisation forward into ${aws_kinesis_stream.logs.name}"
  assume_role_policy = data.aws_iam_policy_document.destination_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "destination_trust" {
  # Reason: CloudWatch Logs assumes it, on behalf of accounts of this organisation and of no other.
  statement {
    sid     = "LogsOfTheOrganization"
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
  # Reason: this is all that a destination does.
  statement {
    sid       = "WriteLogs"
    actions   = ["kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.logs.arn]
  }

  # Reason: the stream is encrypted, and who writes makes data keys.
  statement {
    sid       = "EncryptLogs"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }
}

# The destination of this Region. Those of other Regions are further instances of the same module, each with its provider.
module "region" {
  source = "./modules/region"

  name            = var.name
  organization_id = var.organization_id
  stream_arn      = aws_kinesis_stream.logs.arn
  role_arn        = aws_iam_role.destination.arn
  tags            = local.tags

  # CloudWatch Logs writes a test record when the destination is made, and refuses it where it may not.
  depends_on = [aws_iam_role_policy.destination]
}
