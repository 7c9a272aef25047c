# The central account and what belongs to it, as a test applies them to moto: everything that moto plays is switched on.
# AWS_ENDPOINT_URL says where moto is.

terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = false
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
provider "aws" {
  alias                       = "second"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
provider "aws" {
  alias                       = "management"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  assume_role { role_arn = "arn:aws:iam::111111111111:role/operator" }
}
data "aws_vpc" "default" { default = true }
data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}
resource "aws_acm_certificate" "page" {
  domain_name       = "fanin.example.net"
  validation_method = "DNS"
}
module "fanin" {
  source                        = "./deploy/terraform"
  organization_id               = "o-a1b2c3d4e5"
  forwarder_package             = { path = "${path.module}/forwarder.zip" }
  config_folders                = { "" = "${path.module}/deploy/terraform/examples/complete/config", "alerts" = "${path.module}/alerts" }
  service                       = { image = "example.com/fanin:0.1.0", repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/fanin" }
  network                       = { vpc_id = data.aws_vpc.default.id, subnet_ids = data.aws_subnets.default.ids }
  load_balancer                 = { certificate_arn = aws_acm_certificate.page.arn, subnet_ids = data.aws_subnets.default.ids, internal = false, allowed_cidrs = ["0.0.0.0/0"], deletion_protection = false }
  archive                       = { enabled = true }
  share_endpoint_key            = true
  management_account_id         = "111111111111"
  organizations_reader_role_arn = "arn:aws:iam::111111111111:role/FaninOrganizationsReader"
  alert_topic_arns              = ["arn:aws:sns:eu-central-1:123456789012:alerts"]
  alarm_emails                  = ["oncall@example.net"]
  secret_recovery_days          = 0
  bucket_force_destroy          = true
  bucket_tls_only               = false
}
module "second" {
  source          = "./deploy/terraform/modules/region"
  providers       = { aws = aws.second }
  organization_id = "o-a1b2c3d4e5"
  stream_arn      = module.fanin.logs_stream_arn
  role_arn        = module.fanin.destination_role_arn
}
module "management" {
  source             = "./deploy/terraform/modules/management"
  providers          = { aws = aws.management }
  central_account_id = "123456789012"
  event_bus_arn      = module.fanin.event_bus_arn
}

output "alarm_names" {
  value = module.fanin.alarm_names
}

output "environment" {
  value = module.fanin.environment
}
