# The central account in one Region, with destinations in two. Fill in what stands in terraform.tfvars.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 7"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

variable "organization_id" {
  description = "Id of the organisation."
  type        = string
}

variable "management_account_id" {
  description = "The management account, whose events of AWS Organizations come here."
  type        = string
}

variable "forwarder_package" {
  description = "Archive that `make lambda` built."
  type        = string
}

variable "image" {
  description = "Image of fanin."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the service."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the service."
  type        = list(string)
}

variable "metrics" {
  description = "`oam` or `none`."
  type        = string
  default     = "oam"
}

variable "archive" {
  description = "`raw` or `none`."
  type        = string
  default     = "raw"
}

module "fanin" {
  source                = "../.."
  organization_id       = var.organization_id
  management_account_id = var.management_account_id
  config_folder         = "${path.module}/config"
  forwarder_package     = var.forwarder_package
  image                 = var.image
  vpc_id                = var.vpc_id
  subnet_ids            = var.subnet_ids
  metrics               = var.metrics
  archive               = var.archive
}

# Each further Region that tenants use.
module "us_east_1" {
  source          = "../../modules/region"
  providers       = { aws = aws.us_east_1 }
  organization_id = var.organization_id
  target_arn      = module.fanin.logs_stream_arn
  role_arn        = module.fanin.destination_role_arn
}

output "next" {
  description = "What fanin.yaml and the other accounts need."
  value = {
    bucket             = module.fanin.bucket
    logs_stream_arn    = module.fanin.logs_stream_arn
    samples_stream_arn = module.fanin.samples_stream_arn
    service_role_arn   = module.fanin.service_role_arn
    event_bus_arn      = module.fanin.event_bus_arn
    sink_arn           = module.fanin.sink_arn
    alarm_topic_arn    = module.fanin.alarm_topic_arn
    destinations       = { eu-central-1 = module.fanin.destination_arn, us-east-1 = module.us_east_1.destination_arn }
  }
}
