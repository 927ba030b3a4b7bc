"""Rules of the External Secrets webhook.

Source: external-secrets/external-secrets, `apis/externalsecrets/v1/externalsecret_validator.go`
at 0d69078b (validatePolicies, validateExtractFindGenerator, validateFindExtractSourceRef,
validateSourceRef, validateDuplicateKeys).
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.verify.access import dig, listing, mapping, maps, text
from aegis.verify.admission.pods import Said
from aegis.verify.objects import Bundle, Hit, Object


def store_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the webhook refuses in an ExternalSecret."""
    for item in bundle.of("ExternalSecret", group="external-secrets.io"):
        for path, message in (*_policies(item), *_sources(item), *_keys(item)):
            yield Hit(name="external-secret-refused", object=item, path=path, message=message)


def _policies(item: Object) -> Said:
    """validatePolicies: who owns the Secret may delete it."""
    target = mapping(dig(item.full, "spec", "target"))
    deletes, makes = text(target.get("deletionPolicy")), text(target.get("creationPolicy"))
    path = ("spec", "target", "deletionPolicy")
    if deletes == "Delete" and makes in {"Merge", "None"}:
        yield path, f"Delete needs creationPolicy Owner, not {makes}"
    if deletes == "Merge" and makes == "None":
        yield path, "Merge has nothing to merge with under creationPolicy None"


def _sources(item: Object) -> Said:
    """validateExternalSecret: something is fetched, each part in one way."""
    spec = mapping(item.full.get("spec"))
    if not listing(spec.get("data")) and not listing(spec.get("dataFrom")):
        yield ("spec",), "needs `data` or `dataFrom`"
    for path, part in maps(spec, "dataFrom"):
        where = ("spec", *path)
        source = part.get("sourceRef")
        ways = [name for name in ("extract", "find") if part.get(name) is not None]
        if dig(source, "generatorRef") is not None:
            ways.append("sourceRef.generatorRef")
        if len(ways) > 1:
            yield where, f"{' and '.join(ways)} exclude each other"
        if not ways and source is None:
            yield where, "needs extract, find or sourceRef"
        if isinstance(source, dict) and not (source.get("generatorRef") or source.get("storeRef")):
            yield (*where, "sourceRef"), "needs generatorRef or storeRef"


def _keys(item: Object) -> Said:
    """validateDuplicateKeys: one entry for each key of the Secret."""
    if dig(item.full, "spec", "target", "deletionPolicy") not in (None, "Retain"):
        return
    seen: set[str] = set()
    for path, entry in maps(item.full, "spec", "data"):
        key = text(entry.get("secretKey"))
        if key in seen:
            yield (*path, "secretKey"), f"`{key}` is given twice"
        seen.add(key)
