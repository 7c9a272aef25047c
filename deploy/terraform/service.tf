# `fanin run` on Fargate: two tasks, of which one holds the lease and works and the other stands by.

resource "aws_cloudwatch_log_group" "service" {
  name              = local.service_group
  retention_in_days = var.service.log_retention_days
  tags              = local.tags
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = local.tags

  setting {
    name  = "containerInsights"
    value = var.service.container_insights ? "enabled" : "disabled"
  }
}

resource "aws_ecs_task_definition" "run" {
  family                   = local.run_role_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.service.cpu
  memory                   = var.service.memory_mb
  task_role_arn            = aws_iam_role.run.arn
  execution_role_arn       = aws_iam_role.execution.arn
  tags                     = local.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.service.architecture
  }

  ephemeral_storage {
    size_in_gib = var.service.ephemeral_storage_gb
  }

  # The page's store and the copy of the configuration; what must survive a task is in the bucket.
  volume {
    name = "work"
  }

  container_definitions = jsonencode([{
    name                   = "fanin"
    image                  = var.service.image
    essential              = true
    command                = ["run", "--log-format", "json", "-c", local.config_url]
    readonlyRootFilesystem = var.service.readonly_root_filesystem
    # It ends in order: what it holds is exported, checkpoints are saved, the lease is given back.
    stopTimeout  = var.service.stop_timeout_seconds
    portMappings = [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]
    mountPoints  = [{ sourceVolume = "work", containerPath = "/var/lib/fanin", readOnly = false }]
    environment = [
      for key, value in merge(local.environment, {
        AWS_REGION = local.region
        RUST_LOG   = var.service.log_level
        # A configuration in a bucket is copied to a temporary folder; all else of the file system is read-only.
        TMPDIR = "/var/lib/fanin"
      }) : { name = key, value = value }
    ]
    # Asks for more than the process's life: a standby is well, one that does neither is not.
    healthCheck = {
      command     = ["CMD", "fanin", "healthcheck", "-c", local.config_url]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 120
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.service.name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = "run"
      }
    }
  }])
}

resource "aws_ecs_service" "run" {
  name                    = local.run_role_name
  cluster                 = aws_ecs_cluster.this.id
  task_definition         = aws_ecs_task_definition.run.arn
  desired_count           = var.service.tasks
  launch_type             = "FARGATE"
  platform_version        = var.service.platform_version
  enable_execute_command  = var.service.enable_execute_command
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  tags                    = local.tags

  # Behind a load balancer the standby is never healthy, on purpose: it must get no requests. A deployment that waited for two healthy
  # tasks, or kept the only healthy one, would never end. So both are replaced at once: the streams keep what comes in that minute.
  # Without one a task counts as soon as its own check is well, and one is replaced after the other.
  deployment_minimum_healthy_percent = local.is_balanced ? 0 : 50
  deployment_maximum_percent         = local.is_balanced ? 200 : 100

  # For the same reason ECS may never end a task because the load balancer calls it unhealthy. The longest time there is.
  health_check_grace_period_seconds = local.is_balanced ? 2147483647 : null

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [aws_security_group.run.id]
    assign_public_ip = var.service.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = local.is_balanced ? [1] : []

    content {
      target_group_arn = aws_lb_target_group.run[0].arn
      container_name   = "fanin"
      container_port   = 8080
    }
  }

  depends_on = [aws_iam_role_policy.run, aws_iam_role_policy.execution, aws_lb_listener.https, aws_s3_object.config]
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "ECS starts tasks of Fanin: image and log lines"
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "task_trust" {
  # Reason: tasks of this account, and not somebody else's that name this role.
  statement {
    sid     = "Tasks"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  # Reason: log lines of the container; the group is made above.
  statement {
    sid       = "OwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.service.repository_arn == null ? [] : [1]

    # Reason: the image, of this one repository.
    content {
      sid       = "PullImage"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [var.service.repository_arn]
    }
  }

  dynamic "statement" {
    for_each = var.service.repository_arn == null ? [] : [1]

    # Reason: a login to ECR cannot be restricted to a repository.
    content {
      sid       = "LogInToEcr"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "run" {
  name               = local.run_role_name
  description        = "fanin run: rules, alerts, page"
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.run.id
  policy = data.aws_iam_policy_document.run.json
}

data "aws_iam_policy_document" "run" {
  # Reason: samples and events of AWS Organizations.
  statement {
    sid       = "ReadSamples"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
    resources = [aws_kinesis_stream.samples.arn]
  }

  # Reason: a heartbeat in each shard of the stream of logs tells how far the forwarder got; it reads nothing there.
  statement {
    sid       = "WriteHeartbeats"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.logs.arn]
  }

  # Reason: configuration and rules are read, and never written.
  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/config/*"]
  }

  # Reason: state, lease, spill and dead letters are its own.
  statement {
    sid     = "KeepState"
    actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [
      "${aws_s3_bucket.this.arn}/state/*", "${aws_s3_bucket.this.arn}/spill/*", "${aws_s3_bucket.this.arn}/dead-letters/*",
    ]
  }

  # Reason: it lists what it may read, and nothing else.
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = flatten([for prefix in ["config", "state", "spill", "dead-letters"] : [prefix, "${prefix}/*"]])
    }
  }

  # Reason: batches that the backend does not take are put aside.
  statement {
    sid       = "Spill"
    actions   = ["firehose:PutRecordBatch"]
    resources = [local.spill_arn]
  }

  # Reason: headers of the backend, keys of receivers, of the HTTP endpoint and of the page: secrets whose name begins with its own.
  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${var.name}/*"]
  }

  # Reason: streams, bucket and secrets are encrypted with this key.
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }

  dynamic "statement" {
    for_each = var.organizations_reader_role_arn == null ? [] : [1]

    # Reason: accounts and their tags are listed from the management account, or from a delegated administrator.
    content {
      sid       = "ReadOrganization"
      actions   = ["sts:AssumeRole"]
      resources = [var.organizations_reader_role_arn]
    }
  }

  dynamic "statement" {
    for_each = var.quota_reader_role_name == null ? [] : [1]

    # Reason: quotas are read in each account, by a role of this name, in this organisation only.
    content {
      sid       = "ReadQuotas"
      actions   = ["sts:AssumeRole"]
      resources = ["arn:${local.partition}:iam::*:role/${var.quota_reader_role_name}"]

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceOrgID"
        values   = [var.organization_id]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.alert_topic_arns) == 0 ? [] : [1]

    # Reason: receivers of notifications, these topics and no other.
    content {
      sid       = "TellTopics"
      actions   = ["sns:Publish"]
      resources = var.alert_topic_arns
    }
  }
}
