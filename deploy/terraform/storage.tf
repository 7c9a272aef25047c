# The bucket: config/ (what people write), state/, spill/, dead-letters/, archive/, aws/lambda/ (batches that Lambda gave up).

resource "aws_s3_bucket" "this" {
  bucket        = local.bucket_name
  force_destroy = var.bucket_force_destroy
  tags          = local.tags
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  count = var.bucket_tls_only ? 1 : 0

  bucket     = aws_s3_bucket.this.id
  policy     = data.aws_iam_policy_document.bucket.json
  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "bucket" {
  # Reason: nothing of customers goes over an open line. This denies; no statement here allows anybody anything.
  statement {
    sid    = "TlsOnly"
    effect = "Deny"
    # A denial without exceptions names no actions one by one: what S3 will have tomorrow is denied as well.
    not_actions = ["s3:ListAllMyBuckets"]
    resources   = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket     = aws_s3_bucket.this.id
  depends_on = [aws_s3_bucket_versioning.this]

  dynamic "rule" {
    for_each = {
      "archive/"      = var.lifecycle_days.archive
      "spill/"        = var.lifecycle_days.spill
      "dead-letters/" = var.lifecycle_days.dead_letters
      "aws/lambda/"   = var.lifecycle_days.lambda
    }

    content {
      id     = replace(trimsuffix(rule.key, "/"), "/", "-")
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  rule {
    id     = "versions"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = var.lifecycle_days.versions
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

# Configuration, rules and directory file. Both programs look at them each minute and take a change that is right.
locals {
  config_files = merge([
    for place, folder in var.config_folders : {
      for file in fileset(folder, "**") : (place == "" ? file : "${trimsuffix(place, "/")}/${file}") => "${folder}/${file}"
    }
  ]...)
}

resource "aws_s3_object" "config" {
  for_each = local.config_files

  bucket      = aws_s3_bucket.this.id
  key         = "config/${each.key}"
  source      = each.value
  source_hash = filemd5(each.value)
  depends_on  = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}

# Secrets: made here, filled by people, so that no value stands in a plan or in a state.
resource "aws_secretsmanager_secret" "backend" {
  name                    = "${var.name}/backend"
  description             = "JSON with the headers of the backend: {\"authorization\": \"Bearer ...\"}"
  kms_key_id              = local.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
  tags                    = local.tags
}

resource "aws_secretsmanager_secret" "endpoint" {
  name                    = "${var.name}/endpoint"
  description             = "JSON with the key that Firehose shows to Fanin's HTTP endpoint: {\"api_key\": \"...\"}"
  kms_key_id              = local.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
  tags                    = local.tags

  dynamic "replica" {
    for_each = var.secret_replica_regions

    content {
      region = replica.value
    }
  }
}

resource "aws_secretsmanager_secret_policy" "endpoint" {
  count = var.share_endpoint_key ? 1 : 0

  secret_arn          = aws_secretsmanager_secret.endpoint.arn
  policy              = data.aws_iam_policy_document.endpoint.json
  block_public_policy = true
}

data "aws_iam_policy_document" "endpoint" {
  # Reason: Firehose streams of tenant accounts show this key; only the role that the tenant template makes for them reads it.
  statement {
    sid       = "TenantsReadTheEndpointKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:${local.partition}:iam::*:role/FaninMetricsDelivery*"]
    }
  }
}
