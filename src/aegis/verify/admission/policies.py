"""Rules of the webhooks that admit policies for images, and of CEL policies.

Sources: sigstore/policy-controller v0.15.1 (cc75baab),
`pkg/apis/policy/v1beta1/clusterimagepolicy_validation.go` and `pkg/apis/policy/common/validation.go`;
kyverno v1.19.0, which compiles every expression of `policies.kyverno.io` when the policy is admitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, walk
from aegis.verify.admission.pods import Said, exactly_one, one_of
from aegis.verify.admission.workloads import expression
from aegis.verify.objects import Bundle, Hit
from aegis.verify.schema.problem import shown

_AUTHORITIES = ("key", "keyless", "static")
_KEYS = ("data", "kms", "secretRef")
_KMS = ("awskms://", "azurekms://", "hashivault://", "gcpkms://")
_SOURCES = ("data", "configMapRef", "remote")
_NOT_WITH_STATIC = ("attestations", "source", "ctlog", "rfc3161timestamp")
_EXPRESSIONS = frozenset(("expression", "messageExpression", "valueExpression"))
_KYVERNO = (
    "ValidatingPolicy", "NamespacedValidatingPolicy", "ImageValidatingPolicy",
    "NamespacedImageValidatingPolicy", "MutatingPolicy", "GeneratingPolicy", "DeletingPolicy",
)  # fmt: skip


def policy_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the webhooks refuse in a policy for images."""
    for item in bundle.of("ClusterImagePolicy", group="policy.sigstore.dev"):
        for path, message in _image_policy(mapping(item.full.get("spec"))):
            yield Hit(name="policy-refused", object=item, path=path, message=message)
    for item in bundle.of(*_KYVERNO, group="policies.kyverno.io"):
        for path, value in walk(item.full.get("spec"), ("spec",)):
            if path[-1] in _EXPRESSIONS:
                for where, message in expression(value, path):
                    yield Hit(name="policy-refused", object=item, path=where, message=message)


def _image_policy(spec: Map) -> Said:
    """ClusterImagePolicySpec.Validate."""
    if not listing(spec.get("images")):
        yield ("spec",), "`images` is missing"
    for path, image in maps(spec, "images"):
        if not text(image.get("glob")):
            yield ("spec", *path), "`glob` is missing"
    yield from one_of(spec.get("mode") or None, ("enforce", "warn"), ("spec", "mode"))
    if not listing(spec.get("authorities")):
        yield ("spec",), "without `authorities` nobody's signature is asked for"
    for path, authority in maps(spec, "authorities"):
        yield from _authority(authority, ("spec", *path))
    yield from _inner_policy(spec.get("policy"), ("spec", "policy"))


def _authority(authority: Map, path: Steps) -> Said:
    """Authority.Validate: one way to trust, and what goes with it."""
    given = [name for name in _AUTHORITIES if authority.get(name) is not None]
    if len(given) != 1:
        yield from exactly_one(authority, _AUTHORITIES, path)
        return
    if given == ["key"]:
        yield from _key(mapping(authority.get("key")), (*path, "key"))
    elif given == ["keyless"]:
        yield from _keyless(mapping(authority.get("keyless")), (*path, "keyless"))
    else:
        action = dig(authority, "static", "action")
        yield from one_of(action or "", ("pass", "fail"), (*path, "static", "action"))
        for field in _NOT_WITH_STATIC:
            if authority.get(field):
                yield (*path, field), "has no meaning beside `static`"
    if len(listing(authority.get("source"))) > 1:
        yield (*path, "source"), "only one source is supported"
    for steps, attestation in maps(authority, "attestations"):
        for field in ("name", "predicateType"):
            if not text(attestation.get(field)):
                yield (*path, *steps), f"`{field}` is missing"
        yield from _inner_policy(attestation.get("policy"), (*path, *steps, "policy"))


def _key(key: Map, path: Steps) -> Said:
    """KeyRef.Validate: a public key in PEM, in a KMS, or in a Secret."""
    yield from exactly_one({name: key.get(name) or None for name in _KEYS}, _KEYS, path)
    data, kms = text(key.get("data")), text(key.get("kms"))
    if data and "-----BEGIN PUBLIC KEY-----" not in data:
        yield (*path, "data"), "is no public key in PEM"
    if kms and not kms.startswith(_KMS):
        yield (*path, "kms"), f"must begin with one of {', '.join(_KMS)}"


def _keyless(keyless: Map, path: Steps) -> Said:
    """KeylessRef.Validate and Identity.Validate: whose signature, said by whom."""
    yield from exactly_one(keyless, ("url", "ca-cert"), path)
    if not listing(keyless.get("identities")):
        yield path, "`identities` is missing: anybody's signature would do"
    for steps, identity in maps(keyless, "identities"):
        where = (*path, *steps)
        for name in ("issuer", "subject"):
            both = {each: identity.get(each) or None for each in (name, f"{name}RegExp")}
            yield from exactly_one(both, tuple(both), where)
            yield from _pattern(text(both[f"{name}RegExp"]), (*where, f"{name}RegExp"))


def _pattern(pattern: str, path: Steps) -> Said:
    try:
        re.compile(pattern)
    except re.error as error:
        yield path, f"{shown(pattern)} is no regular expression: {error}"


def _inner_policy(value: object, path: Steps) -> Said:
    """Policy.Validate: what an attestation must say, in CUE or Rego."""
    if not isinstance(value, dict):
        return
    yield from one_of(value.get("type") or "", ("cue", "rego"), (*path, "type"))
    yield from exactly_one({name: value.get(name) or None for name in _SOURCES}, _SOURCES, path)
    remote = mapping(value.get("remote"))
    if remote and not text(remote.get("url")).startswith("https://"):
        yield (*path, "remote", "url"), "must begin with https://"
    if remote and not text(remote.get("sha256sum")):
        yield (*path, "remote"), "`sha256sum` is missing"
