"""Secrets stand in a store and are referenced; images stand still."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.detect.names import looks_secret, secret_role
from aegis.detect.placeholders import is_placeholder
from aegis.detect.secrets import find_secrets
from aegis.verify.access import Steps, dig, mapping, maps, text, texts, walk
from aegis.verify.objects import Bundle, Hit, Object, Pods

_PROVIDERS = ("ExternalSecret", "Secret", "SealedSecret", "Certificate")
_SHORTEST = 8
_MAX_TEXT = 20_000


def secret_values(bundle: Bundle) -> Iterator[Hit]:
    """No Secret carries a value, no variable a literal credential, no text a token."""
    whole: list[str] = []
    for item in bundle.objects:
        if item.kind == "Secret" and item.group == "":
            yield from _secret_object(item)
        else:
            whole.extend(words for words in texts(item.value) if _may_hold(words))
    if find_secrets("\n".join(whole)):
        for item in bundle.objects:
            if item.kind != "Secret" or item.group:
                yield from _literals(item)
    for pods in bundle.all_pods():
        yield from _variables(pods)


def _may_hold(words: str) -> bool:
    return _SHORTEST <= len(words) <= _MAX_TEXT


def _secret_object(item: Object) -> Iterator[Hit]:
    for field in ("data", "stringData"):
        for key, value in mapping(item.value.get(field)).items():
            if value not in (None, ""):
                yield Hit(name="secret-in-manifest", object=item, path=(field, key),
                          message="the value stands here; reference a secret store instead")  # fmt: skip


def _literals(item: Object) -> Iterator[Hit]:
    for path, value in walk(item.value):
        found = find_secrets(value) if isinstance(value, str) and _may_hold(value) else ()
        if found:
            words = f"holds a credential ({found[0].kind})"
            yield Hit(name="secret-in-manifest", object=item, path=path, message=words)


def _variables(pods: Pods) -> Iterator[Hit]:
    for path, container in pods.containers(init=True):
        for steps, variable in maps(container, "env"):
            name, value = text(variable.get("name")), text(variable.get("value"))
            role = secret_role(name)
            literal = value and "$(" not in value and not is_placeholder(value)
            if role and literal and looks_secret(value, role, quoted=True):
                yield Hit(name="secret-in-manifest", object=pods.owner,
                          path=(*path, *steps, "value"),
                          message=f"`{name}` carries its value; use `secretKeyRef`")  # fmt: skip


def _references(pods: Pods) -> Iterator[tuple[Steps, str]]:
    for path, container in pods.containers(init=True):
        for steps, variable in maps(container, "env"):
            reference = mapping(dig(variable, "valueFrom", "secretKeyRef"))
            if reference.get("optional") is not True:
                where = (*path, *steps, "valueFrom", "secretKeyRef", "name")
                yield where, text(reference.get("name"))
        for steps, source in maps(container, "envFrom"):
            reference = mapping(source.get("secretRef"))
            if reference.get("optional") is not True:
                yield (*path, *steps, "secretRef", "name"), text(reference.get("name"))
    for steps, volume in maps(pods.spec, "volumes"):
        secret = mapping(volume.get("secret"))
        if secret.get("optional") is not True:
            where = (*pods.spec_path, *steps, "secret", "secretName")
            yield where, text(secret.get("secretName"))


def provided(bundle: Bundle) -> frozenset[str]:
    """Names of the Secrets that something in the bundle makes."""
    names: set[str] = set()
    for item in bundle.of(*_PROVIDERS):
        names.add(item.name)
        names.add(text(dig(item.full, "spec", "target", "name")))
        names.add(text(dig(item.full, "spec", "secretName")))
    return frozenset(names - {""})


def secret_references(bundle: Bundle) -> Iterator[Hit]:
    """Something provides each Secret that a pod needs."""
    known = provided(bundle)
    told: set[str] = set()
    for pods in bundle.all_pods():
        for path, name in _references(pods):
            if name and "{{" not in name and name not in known and name not in told:
                told.add(name)
                yield Hit(name="secret-not-provided", object=pods.owner, path=path,
                          message=f"nothing in the bundle makes the Secret `{name}`")  # fmt: skip


def _overridden(bundle: Bundle) -> frozenset[str]:
    """Images to which a kustomization gives a digest."""
    return frozenset(
        text(entry.get("name"))
        for item in bundle.of("kustomization")
        for _, entry in maps(item.full, "images")
        if entry.get("digest")
    )


def repository(image: str) -> str:
    """The image without its tag and digest.

    >>> repository("registry.example:5000/a/b:1.2@sha256:00"), repository("vllm")
    ('registry.example:5000/a/b', 'vllm')
    """
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def moving_images(bundle: Bundle) -> Iterator[Hit]:
    """Images are pinned by digest."""
    pinned = _overridden(bundle)
    for pods in bundle.all_pods():
        for path, container in pods.containers(init=True):
            image = text(container.get("image")).strip()
            if not image or "@sha256:" in image or repository(image) in pinned:
                continue
            if "{{" in image or "$(" in image:
                continue
            message = f"`{image[:120]}` {_how(image)}"
            yield Hit(name="moving-image", object=pods.owner, path=(*path, "image"),
                      message=message)  # fmt: skip


def _how(image: str) -> str:
    tag = image[len(repository(image)) + 1 :]
    if not tag or tag == "latest":
        return "is whatever was pushed last"
    return "is named by a tag, which can be pushed again"
