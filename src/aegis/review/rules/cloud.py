"""AEG260, AEG374 to AEG376 and AEG452: managed AI services as Terraform describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.review.facts.types import Resource
from aegis.review.rule import Hit, Profile, rule

_AZURE_AI = ("azurerm_cognitive_account", "azurerm_ai_services", "azurerm_search_service")
_SWITCHES = {
    "azurerm_container_registry": "admin_enabled",
    "azurerm_storage_account": "shared_access_key_enabled",
}


@rule(
    "AEG260",
    checks=Resource,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.T0055", "CWE-522"),
)
def shared_administrator_key(resource: Resource) -> Iterator[Hit]:
    """One administrator's key for everybody.

    It cannot be taken from one person without taking it from all, and no log says who used it.
    """
    switch = _SWITCHES.get(resource.kind)
    found = resource.get(switch) if switch else None
    if found is not None and found.value == "true":
        yield Hit(
            found.span,
            "a shared administrator key is switched on",
            label=f"`{found.path}`",
            mend="switch it off and give identities the roles they need",
        )


@rule(
    "AEG374",
    checks=Resource,
    severity=Severity.HIGH,
    refs=("Microsoft Learn, Azure AI services network security", "CWE-668"),
)
def public_ai_endpoint(resource: Resource) -> Iterator[Hit]:
    """Managed model that the Internet can reach.

    A key that leaks is enough to use it, from anywhere.
    """
    if resource.kind in _AZURE_AI and not resource.says("public_network_access_enabled", "false"):
        denies = resource.says("network_acls.default_action", "Deny")
        written = resource.get("public_network_access_enabled")
        if not denies:
            yield Hit(
                written.span if written else resource.span,
                "a managed AI service is reachable from the Internet",
                label=f"{resource.name}: public by default" if written is None else "public",
                mend="public_network_access_enabled = false, and a private endpoint",
            )
    notebook = resource.kind == "aws_sagemaker_notebook_instance"
    if notebook and not resource.says("direct_internet_access", "Disabled"):
        yield Hit(
            resource.span,
            "a managed AI service is reachable from the Internet",
            label=f"{resource.name}: direct internet access",
            mend='direct_internet_access = "Disabled", inside a subnet of yours',
        )


@rule(
    "AEG375",
    checks=Resource,
    severity=Severity.MEDIUM,
    refs=("Microsoft Learn, disable local authentication in Azure AI services", "CWE-522"),
)
def key_authentication_left_on(resource: Resource) -> Iterator[Hit]:
    """Managed model that still takes a shared key.

    The key does not expire and names nobody; identities do both.
    """
    if resource.kind in _AZURE_AI and not resource.says("local_auth_enabled", "false"):
        yield Hit(
            resource.span,
            "a managed AI service takes shared keys",
            label=f"{resource.name}: on by default",
            mend="local_auth_enabled = false, and a role for each identity that calls",
        )


@rule(
    "AEG376",
    checks=Resource,
    severity=Severity.HIGH,
    refs=("CIS AWS Foundations 5.2", "CWE-284"),
)
def open_security_group(resource: Resource) -> Iterator[Hit]:
    """Network rule that lets everyone in.

    Ports of model servers and of administration are found within hours.
    """
    everyone = {"0.0.0.0/0", "::/0", "*", "Internet"}
    inbound = [
        each
        for each in resource.attributes
        if re.search(
            r"(?:^|ingress\.)cidr_blocks$|source_ranges$|source_address_prefix$", each.path
        )
        and "egress" not in each.path
        and everyone & set(re.findall(r"[\w.:/*]+", each.value))
    ]
    egress = resource.says("type", "egress") or resource.says("direction", "Outbound")
    ports = [
        each.value
        for each in resource.attributes
        if each.path.endswith(("to_port", "destination_port_range"))
    ]
    web = "443" in ports or (bool(ports) and set(ports) <= {"443", "80"})
    guards = re.search(r"security_group|firewall|network_security_rule", resource.kind)
    if inbound and guards and not egress and not web:
        yield Hit(
            inbound[0].span,
            "a network rule lets everyone in",
            label=resource.name,
            mend="name the networks that may, and put a gateway in front of the rest",
        )


@rule(
    "AEG452",
    checks=Resource,
    severity=Severity.HIGH,
    refs=("AWS documentation, SageMaker deployment guardrails",),
)
def endpoint_without_rollback(resource: Resource) -> Iterator[Hit]:
    """Managed endpoint that replaces its model all at once.

    A new version takes all traffic, and nothing takes it back.
    """
    if resource.kind == "aws_sagemaker_endpoint":
        guarded = any(each.path.startswith("deployment_config.") for each in resource.attributes)
        if not guarded:
            yield Hit(
                resource.span,
                "a managed endpoint changes all at once, with no rollback",
                label=resource.name,
                mend="deployment_config with a canary and auto_rollback_configuration on alarms",
            )


@rule(
    "AEG453",
    checks=Resource,
    severity=Severity.MEDIUM,
    refs=("AWS documentation, SageMaker Model Monitor",),
    profile=Profile.REVIEW,
)
def endpoint_keeps_nothing(resource: Resource) -> Iterator[Hit]:
    """Managed endpoint that keeps no sample of what it answered.

    Without one there is no drift to see and no incident to reconstruct.
    """
    if resource.kind == "aws_sagemaker_endpoint_configuration":
        kept = any(each.path.startswith("data_capture_config.") for each in resource.attributes)
        if not kept:
            yield Hit(
                resource.span,
                "a managed endpoint captures no data",
                label=resource.name,
                mend="data_capture_config with a sampling rate, encryption and retention",
            )
