"""Gives a template to an organisation as a service-managed stack set, in moto, and prints what one member account gets by it.

One JSON object: the accounts that the stack set reaches, and the roles of that one with their documents.
"""

import argparse
import ast
import json
import sys

import boto3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--endpoint", required=True, help="where moto listens")
parser.add_argument("--region", default="eu-central-1", help="the Region of the stack")
parser.add_argument("--parameter", action="append", default=[], help="KEY=VALUE, several times")
parser.add_argument("--template", required=True, help="the file of the template")
args = parser.parse_args()


def client(service, credentials=None):
    return boto3.client(service, endpoint_url=args.endpoint, region_name=args.region, **(credentials or {}))


organizations = client("organizations")
organizations.create_organization(FeatureSet="ALL")
root = organizations.list_roots()["Roots"][0]["Id"]
unit = organizations.create_organizational_unit(ParentId=root, Name="tenants")["OrganizationalUnit"]["Id"]
account = organizations.create_account(Email="a@example.net", AccountName="a")["CreateAccountStatus"]["AccountId"]
organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)

with open(args.template, encoding="utf-8") as file:
    template = file.read()
parameters = [
    {"ParameterKey": key, "ParameterValue": value} for key, value in (text.split("=", 1) for text in args.parameter)
]
formation = client("cloudformation")
formation.create_stack_set(
    StackSetName="fanin-tenant",
    TemplateBody=template,
    PermissionModel="SERVICE_MANAGED",
    AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
    Capabilities=["CAPABILITY_NAMED_IAM"],
    Parameters=parameters,
)
formation.create_stack_instances(
    StackSetName="fanin-tenant", DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=[args.region]
)
instances = formation.list_stack_instances(StackSetName="fanin-tenant")["Summaries"]

assumed = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/operator", RoleSessionName="look")["Credentials"]
credentials = {
    "aws_access_key_id": assumed["AccessKeyId"],
    "aws_secret_access_key": assumed["SecretAccessKey"],
    "aws_session_token": assumed["SessionToken"],
}
iam = client("iam", credentials)


def document(policy):
    """A policy that CloudFormation made comes back from moto as Python writes it."""
    return ast.literal_eval(policy) if isinstance(policy, str) else policy


roles = {}
for role in iam.list_roles()["Roles"]:
    names = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    roles[role["RoleName"]] = {
        "trust": role["AssumeRolePolicyDocument"],
        "policies": [
            document(iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]) for name in names
        ],
    }
found = {
    "account": account,
    "instances": [instance["Account"] for instance in instances],
    "roles": roles,
    "users": [user["UserName"] for user in iam.list_users()["Users"]],
}
json.dump(found, sys.stdout, default=str)
