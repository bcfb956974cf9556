"""Computes the functions' resource policies from the output of SAM's translator for template.yaml. Each must fit into Lambda's
20,480 bytes, in a stack with a name of 40 letters, with every permission twice, as during an update that replaces it. Runs in
the virtual environment of the SAM CLI, without an account and without the network.
"""

import collections
import json
import pathlib
import sys

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

MOST_BYTES = 20_480
# CloudFormation's limit is 500; during an update, replaced resources count twice.
MOST_RESOURCES = 450
STACK = "moments-production-eu-of-a-long-name-001"
POLICIES = {"AWSCodeDeployRoleForLambda": "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"}


def translated(path):
    template = yaml_parse(pathlib.Path(path).read_text(encoding="utf-8"))
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    session = boto3.session.Session(region_name="ap-northeast-1")
    return Translator(POLICIES, Parser(), None, session).translate(template, {})


def named(logical_id, most):
    """Returns CloudFormation's name of a resource: the stack, the logical id, and random letters."""
    tail = f"-{logical_id}-0123456789AB"
    return STACK[: max(most - len(tail), 0)] + tail


def statement(logical_id, permission):
    """Returns Lambda's statement of a permission. Values that only an account knows have their usual length."""
    function = named(json.dumps(permission["FunctionName"]).split('"')[3].removesuffix("Aliaslive"), 64)
    source = permission["SourceArn"]
    if "Fn::Sub" in source:
        source = source["Fn::Sub"] if isinstance(source["Fn::Sub"], str) else source["Fn::Sub"][0]
        for name, value in {"Api": "a1b2c3d4e5", "__ApiId__": "a1b2c3d4e5", "__Stage__": "*", "AWS::Partition": "aws",
                            "AWS::Region": "ap-northeast-1", "AWS::AccountId": "123456789012"}.items():
            source = source.replace("${" + name + "}", value)
    else:
        source = "arn:aws:events:ap-northeast-1:123456789012:rule/" + named(source["Fn::GetAtt"][0], 64)
    return {
        "Sid": named(logical_id, 100), "Effect": "Allow", "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": f"arn:aws:lambda:ap-northeast-1:123456789012:function:{function}:live",
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }


def main(path):
    resources = translated(path)["Resources"]
    policies = collections.defaultdict(list)
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Permission":
            function = json.dumps(resource["Properties"]["FunctionName"])
            policies[function].append(statement(logical_id, resource["Properties"]))
    largest = 0
    for function, statements in policies.items():
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements * 2}
        size = len(json.dumps(policy, separators=(",", ":")))
        if size > MOST_BYTES:
            sys.exit(f"{function}: {len(statements)} permissions have {size} bytes; Lambda's limit is {MOST_BYTES}")
        largest = max(largest, size)
    if len(resources) > MOST_RESOURCES:
        sys.exit(f"{len(resources)} resources: CloudFormation's limit is 500")
    print(f"{len(policies)} policies, the largest of {largest} bytes of {MOST_BYTES}; {len(resources)} resources of 500")


main(sys.argv[1] if len(sys.argv) > 1 else "template.yaml")
