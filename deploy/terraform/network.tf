# Who may talk to the tasks, and the load balancer in front of them, where one is wanted.

locals {
  is_balanced = var.load_balancer != null
}

resource "aws_security_group" "run" {
  name        = local.run_role_name
  description = "fanin run"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = local.run_role_name })

  lifecycle {
    create_before_destroy = true
  }
}

# To AWS, the backend and receivers; what these are, only fanin.yaml knows.
resource "aws_vpc_security_group_egress_rule" "run_https" {
  security_group_id = aws_security_group.run.id
  description       = "AWS, backends and receivers"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "run_from_balancer" {
  count = local.is_balanced ? 1 : 0

  security_group_id            = aws_security_group.run.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.balancer[0].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_security_group" "balancer" {
  count = local.is_balanced ? 1 : 0

  name        = "${var.name}-balancer"
  description = "Load balancer of Fanin"
  vpc_id      = var.network.vpc_id
  tags        = merge(local.tags, { Name = "${var.name}-balancer" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = local.is_balanced ? toset(var.load_balancer.allowed_cidrs) : toset([])

  security_group_id = aws_security_group.balancer[0].id
  description       = "People, and Firehose"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  count = local.is_balanced ? 1 : 0

  security_group_id            = aws_security_group.balancer[0].id
  description                  = "The tasks"
  referenced_security_group_id = aws_security_group.run.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_lb" "this" {
  count = local.is_balanced ? 1 : 0

  name                       = var.name
  load_balancer_type         = "application"
  internal                   = var.load_balancer.internal
  subnets                    = var.load_balancer.subnet_ids
  security_groups            = [aws_security_group.balancer[0].id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.load_balancer.deletion_protection
  # Streams of live records, and Firehose, which waits for three minutes.
  idle_timeout = 200
  tags         = local.tags
}

resource "aws_lb_target_group" "run" {
  count = local.is_balanced ? 1 : 0

  name                 = local.run_role_name
  vpc_id               = var.network.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 15
  tags                 = local.tags

  # Only the task that works is ready: the other one gets no requests until it takes over.
  health_check {
    path                = "/-/ready"
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  count = local.is_balanced ? 1 : 0

  load_balancer_arn = aws_lb.this[0].arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = var.load_balancer.ssl_policy
  certificate_arn   = var.load_balancer.certificate_arn
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.run[0].arn
  }
}
