# A whole installation: central account in one Region, a second Region, the management account, and the tenants.
# Three accounts, so three sets of credentials: `profile` or assumed roles of yours, and no keys in files.

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "second"
  region = var.second_region
}

provider "aws" {
  alias   = "management"
  region  = "us-east-1"
  profile = var.management_profile
}

data "aws_caller_identity" "central" {}

module "fanin" {
  source = "../.."

  organization_id   = var.organization_id
  forwarder_package = { path = var.forwarder_path }

  config_folders = {
    ""       = "${path.module}/config"
    "alerts" = "${path.module}/../../../../alerts"
  }

  service = {
    image          = var.image
    repository_arn = var.repository_arn
  }

  network = {
    vpc_id     = var.vpc_id
    subnet_ids = var.private_subnet_ids
  }

  load_balancer = {
    certificate_arn = var.certificate_arn
    subnet_ids      = var.public_subnet_ids
    internal        = false
    allowed_cidrs   = var.allowed_cidrs
  }

  environment = {
    BACKEND_URL     = var.backend_url
    FANIN_PAGE_HOST = var.page_host
  }

  management_account_id         = var.management_account_id
  organizations_reader_role_arn = "arn:aws:iam::${var.management_account_id}:role/FaninOrganizationsReader"
  secret_replica_regions        = [var.second_region]
  alarm_emails                  = var.alarm_emails
}

module "second_region" {
  source    = "../../modules/region"
  providers = { aws = aws.second }

  organization_id = var.organization_id
  stream_arn      = module.fanin.logs_stream_arn
  role_arn        = module.fanin.destination_role_arn
}

module "metrics" {
  source = "../../modules/metrics"

  organization_id     = var.organization_id
  endpoint_url        = "https://${var.page_host}/firehose"
  endpoint_secret_arn = module.fanin.endpoint_secret_arn
  bucket              = module.fanin.bucket
  kms_key_arns        = [module.fanin.kms_key_arn]
}

module "management" {
  source    = "../../modules/management"
  providers = { aws = aws.management }

  central_account_id = data.aws_caller_identity.central.account_id
  event_bus_arn      = module.fanin.event_bus_arn
}

module "tenants" {
  source    = "../../modules/tenants"
  providers = { aws = aws.management }

  regions                 = [var.region, var.second_region]
  organizational_unit_ids = var.organizational_unit_ids

  parameters = {
    CentralAccountId = data.aws_caller_identity.central.account_id
    OrganizationId   = var.organization_id
    HomeRegion       = var.region
  }
}
