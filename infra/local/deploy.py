"""Deploys the unchanged template.yaml: what `sam deploy` does, without the SAM CLI's ten seconds.

The emulator expands the SAM transform itself, with aws-sam-translator."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.errors import DeployFailed
from infra.local.package import zip_folder
from infra.local.stack import Progress, Stack
from infra.local.template import Template, code_owners, load_template

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_s3 import S3Client

ARTIFACTS_BUCKET = "tocsin-local-artifacts"

# Measured: 0.4 to 2 s for 40 resources, and 4 s more where aws-sam-translator was never imported.
DEPLOY_SECONDS = 120.0


def deploy(
    session: "boto3.Session",
    template_path: Path,
    *,
    stack_name: str,
    parameters: Mapping[str, str],
    endpoint_url: str | None = None,
    timeout_seconds: float = DEPLOY_SECONDS,
    on_progress: Progress | None = None,
) -> dict[str, str]:
    """Creates or updates the stack and returns its outputs. A parameter that is not given has its
    default, also in an update. Raises DeployFailed with the reasons of what failed."""
    say = on_progress or (lambda _line: None)
    s3 = session.client("s3", endpoint_url=endpoint_url)
    cloudformation = session.client("cloudformation", endpoint_url=endpoint_url)
    stack = Stack(cloudformation, stack_name, timeout_seconds, say)
    template = _load(template_path, stack_name)
    try:
        _package(s3, template, template_path.parent, stack_name, say)
        stack.become(_upload_template(s3, template), dict(parameters))
        return stack.outputs()
    except (BotoCoreError, ClientError) as error:
        raise DeployFailed(stack_name, str(error)) from error


def _load(path: Path, stack_name: str) -> Template:
    try:
        return load_template(path)
    except (OSError, ValueError) as error:
        raise DeployFailed(stack_name, str(error)) from error


def _make_bucket(s3: "S3Client") -> None:
    """One a region: code lies where its function does. us-east-1 must not be named."""
    region: Any = s3.meta.region_name
    elsewhere: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=_bucket(s3), **({} if region == "us-east-1" else elsewhere))
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return


def _bucket(s3: "S3Client") -> str:
    return f"{ARTIFACTS_BUCKET}-{s3.meta.region_name}"


def _package(
    s3: "S3Client", template: Template, base: Path, stack_name: str, say: Progress
) -> None:
    """Replaces every folder in the template by the address of its zip."""
    _make_bucket(s3)
    uploaded: dict[str, str] = {}
    for owner in code_owners(template):
        folder = owner["CodeUri"]
        if folder not in uploaded:
            uploaded[folder] = _upload_code(s3, base / folder, stack_name, say)
        owner["CodeUri"] = uploaded[folder]


def _upload_code(s3: "S3Client", folder: Path, stack_name: str, say: Progress) -> str:
    if not folder.is_dir():
        raise DeployFailed(stack_name, f"CodeUri {folder} is not a folder")
    code = zip_folder(folder)
    say(f"uploading {folder.name}/, {len(code):,} bytes")
    return f"s3://{_bucket(s3)}/{_put(s3, code, 'zip')}"


def _upload_template(s3: "S3Client", template: Template) -> str:
    """By address: in a request, a template is limited to 51,200 bytes."""
    key = _put(s3, json.dumps(template).encode(), "json")
    return f"https://s3.amazonaws.com/{_bucket(s3)}/{key}"


def _put(s3: "S3Client", content: bytes, suffix: str) -> str:
    """Under its hash: what has not changed has the key it had."""
    key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
    s3.put_object(Bucket=_bucket(s3), Key=key, Body=content)
    return key
