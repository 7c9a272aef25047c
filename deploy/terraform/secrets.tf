# Empty until you fill them: no secret stands in Terraform's state. fanin.yaml reads ${secretsmanager:<name>/backend#authorization}.
resource "aws_secretsmanager_secret" "this" {
  for_each    = setunion(["backend"], var.secrets)
  name        = "${var.name}/${each.value}"
  description = "Read by ${var.name}: a JSON object of texts"
  kms_key_id  = local.key_arn
  tags        = local.tags
}
