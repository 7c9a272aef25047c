resource "aws_cloudwatch_log_group" "service" {
  name              = "/${var.name}/run"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = local.tags
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.service_cpu
  memory                   = var.service_memory_mb
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.service.arn
  tags                     = local.tags
  container_definitions = jsonencode([{
    name                   = "fanin"
    image                  = var.image
    essential              = true
    command                = ["run", "-c", "s3://${aws_s3_bucket.this.id}/config/fanin.yaml", "--log-format", "json"]
    readonlyRootFilesystem = false
    stopTimeout            = 60
    portMappings           = [{ containerPort = 8080, protocol = "tcp" }]
    environment            = [{ name = "FANIN_LISTEN", value = "0.0.0.0:8080" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "run"
      }
    }
  }])
}

# Two tasks: one works, the other stands by and is not ready until it takes over. So a task that is not ready is no task to replace:
# ECS is told to wait for it for ever, and replaces those that end. A deployment ends both and starts two new ones; the streams keep
# what comes meanwhile.
resource "aws_ecs_service" "this" {
  name                               = "${var.name}-run"
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.standby ? 2 : 1
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  health_check_grace_period_seconds  = var.load_balancer == null ? null : 2147483647
  propagate_tags                     = "SERVICE"
  tags                               = local.tags
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.service.id]
  }
  dynamic "load_balancer" {
    for_each = aws_lb_target_group.this
    content {
      target_group_arn = load_balancer.value.arn
      container_name   = "fanin"
      container_port   = 8080
    }
  }
  depends_on = [aws_iam_role_policy.service, aws_lb_listener.this]
}

resource "aws_security_group" "service" {
  name        = "${var.name}-run"
  description = "Tasks of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = local.tags
}

# AWS, the backend and receivers of notifications.
resource "aws_vpc_security_group_egress_rule" "service" {
  security_group_id = aws_security_group.service.id
  description       = "AWS, the backend and receivers"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  count                        = var.load_balancer == null ? 0 : 1
  security_group_id            = aws_security_group.service.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.load_balancer[0].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

# The load balancer sends to the task that is ready, which is the one that works.

resource "aws_lb" "this" {
  count              = var.load_balancer == null ? 0 : 1
  name               = var.name
  internal           = var.load_balancer.internal
  load_balancer_type = "application"
  security_groups    = [aws_security_group.load_balancer[0].id]
  subnets            = var.load_balancer.subnet_ids
  # Streams of events of the page are idle for some seconds at most.
  idle_timeout               = 120
  drop_invalid_header_fields = true
  tags                       = local.tags
}

resource "aws_lb_target_group" "this" {
  count                = var.load_balancer == null ? 0 : 1
  name                 = var.name
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 30
  tags                 = local.tags
  health_check {
    path                = "/-/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "this" {
  count             = var.load_balancer == null ? 0 : 1
  load_balancer_arn = aws_lb.this[0].arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.load_balancer.certificate_arn
  tags              = local.tags
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }
}

resource "aws_security_group" "load_balancer" {
  count       = var.load_balancer == null ? 0 : 1
  name        = "${var.name}-load-balancer"
  description = "Who reaches page, API and Firehose endpoint of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each          = toset(var.load_balancer == null ? [] : var.load_balancer.allowed_cidrs)
  security_group_id = aws_security_group.load_balancer[0].id
  description       = "People, and Firehose"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  count                        = var.load_balancer == null ? 0 : 1
  security_group_id            = aws_security_group.load_balancer[0].id
  description                  = "The tasks"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}
