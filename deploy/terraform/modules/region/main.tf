# The log destination of one Region. CloudWatch Logs forwards only to a destination of its own Region; the stream behind it may be in
# another, so all destinations lead to one stream.

resource "aws_cloudwatch_log_destination" "this" {
  name       = var.name
  target_arn = var.stream_arn
  role_arn   = var.role_arn
  tags       = var.tags
}

resource "aws_cloudwatch_log_destination_policy" "this" {
  destination_name = aws_cloudwatch_log_destination.this.name
  access_policy    = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  # Reason: accounts of the organisation subscribe, by an account policy or by filters of single groups. A list of 6,000 accounts would
  # not fit into the 5,120 bytes that such a policy may have.
  statement {
    sid       = "AccountsOfTheOrganization"
    actions   = ["logs:PutAccountPolicy", "logs:PutSubscriptionFilter"]
    resources = [aws_cloudwatch_log_destination.this.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
  }
}
