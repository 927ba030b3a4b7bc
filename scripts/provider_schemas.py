"""Makes tests/render/iac/schemas.json: what the clouds' Terraform providers say of what we render.

    pip download --no-deps cdktn-provider-google==21.1.0 cdktn-provider-azurerm==18.9.0
    python scripts/provider_schemas.py cdktn_provider_google-*.whl cdktn_provider_azurerm-*.whl

The wheels are prebuilt bindings for CDK Terrain, generated from the schema of each provider. Their
JavaScript names every argument with its type, whether it is a block, and whether it is required,
computed or both; nothing else of them is read, and nothing of them is run. Only the arguments that
our modules use, and all required ones, are kept. AWS is taken from `terraform providers schema
-json` of the real provider, given as a `.json` file.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "tests/render/iac/schemas.json"
Block = dict[str, object]

_ENTRY = re.compile(
    r"^ {8,12}(\w+): \{\n\s+value: .*,\n\s+isBlock: (true|false),\n\s+type: \"(\w+)\","
    r"\n\s+storageClassType: \"(\w+)\",\n",
    re.MULTILINE,
)
_NOTE = re.compile(
    r"// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)"
)
_KINDS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}


def main() -> None:
    """Writes the file from the wheels and schemas named on the command line."""
    used = _used()
    found = {}
    for path in map(Path, sys.argv[1:]):
        if path.suffix == ".whl":
            name, provider = _from_wheel(path, used)
        else:
            name, provider = _from_terraform(path, used)
        found[name] = provider
    OUT.write_text(_written(found), "utf-8")


def _written(found: Mapping[str, Block]) -> str:
    """JSON with a line for each resource, so that a difference shows what changed."""
    providers = []
    for name, provider in sorted(found.items()):
        lines = []
        for key, value in sorted(provider.items()):
            if isinstance(value, dict):
                inner = [
                    f"   {json.dumps(k)}: {json.dumps(v, sort_keys=True)}"
                    for k, v in sorted(value.items())
                ]
                lines.append(f"  {json.dumps(key)}: {{\n" + ",\n".join(inner) + "\n  }")
            else:
                lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
        providers.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(providers) + "\n}\n"


def _used() -> Mapping[str, Mapping[str, object]]:
    """What our modules use: `resource` or `data` → type → bodies merged, and what refers to them."""
    sys.path.insert(0, str(ROOT))
    from tests.render.iac.rendered import used  # noqa: PLC0415  # found from the root only

    return used()


def _from_wheel(path: Path, used: Mapping[str, Mapping[str, object]]) -> tuple[str, Block]:
    name = path.name.split("_")[2].split("-")[0]
    with zipfile.ZipFile(path) as wheel:
        archive = next(each for each in wheel.namelist() if each.endswith(".tgz"))
        content = io.BytesIO(wheel.read(archive))
    texts: dict[tuple[str, str], dict[str, str]] = {}
    wanted = {
        f"package/lib/{_folder(name, place, kind)}": (place, kind)
        for place, kinds in used.items()
        for kind in kinds
        if kind == name or kind.startswith(f"{name}_")
    }
    for path_inside, text in _texts(content):
        folder, _, rest = path_inside.removeprefix("package/lib/").partition("/")
        what = wanted.get(f"package/lib/{folder}")
        end = next((e for e in (".d.ts", ".js") if rest.endswith(e)), "")
        if what and end:
            both = texts.setdefault(what, {".js": "", ".d.ts": ""})
            both[end] += text + "\n"
    made: dict[str, dict[str, Block]] = {place: {} for place in used}
    version = ""
    for place, kind in wanted.values():
        if (place, kind) not in texts:
            sys.exit(f"{path.name} has no {place} {kind}")
        script = texts[place, kind]
        version = version or re.findall(r"providerVersion: '([^']+)'", script[".js"])[0]
        whole = _Script(script[".js"], script[".d.ts"]).resource()
        made[place][kind] = _kept(whole, used[place][kind], kind)
    source = {
        "source": f"hashicorp/{name}",
        "version": version,
        "from": f"PyPI {path.name.rsplit('-', 3)[0]}",
    }
    return name, {**source, **made}


def _texts(content: io.BytesIO) -> Iterator[tuple[str, str]]:
    with tarfile.open(fileobj=content) as package:
        for member in package:
            stream = package.extractfile(member) if member.name.endswith((".js", ".d.ts")) else None
            if stream is not None:
                yield member.name, stream.read().decode()


def _folder(provider: str, place: str, kind: str) -> str:
    if place == "provider":
        return "provider"
    short = kind.removeprefix(f"{provider}_").replace("_", "-")
    return f"data-{provider}-{short}" if place == "data" else short


class _Script:
    """One binding: functions that write HCL name the arguments, classes name what is computed."""

    def __init__(self, script: str, types: str) -> None:
        self.functions = dict(
            re.findall(
                r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}",
                script,
                re.MULTILINE | re.DOTALL,
            )
        )
        self.classes = dict(
            re.findall(r"^class (\w+) extends [^{]+\{\n(.*?)^\}", script, re.MULTILINE | re.DOTALL)
        )
        self.interfaces = dict(
            re.findall(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", types, re.MULTILINE | re.DOTALL)
        )
        main = next(n for n, b in self.classes.items() if "synthesizeHclAttributes" in b)
        self.main = main

    def resource(self) -> Block:
        body = self.classes[self.main]
        return self._block(body.split("synthesizeHclAttributes", 1)[1], body, f"{self.main}Config")

    def _struct(self, name: str) -> Block:
        function = name[0].lower() + name[1:]
        return self._block(
            self.functions.get(function, ""), self.classes.get(f"{name}OutputReference", ""), name
        )

    def _block(self, arguments: str, reads: str, interface: str) -> Block:
        notes = {n: (c == "true", o == "true", r == "true") for n, c, o, r in _NOTE.findall(reads)}
        fields = self.interfaces.get(interface, "")
        attributes: dict[str, object] = {}
        blocks: dict[str, object] = {}
        for name, is_block, kind, stored in _ENTRY.findall(arguments):
            _, _, required = notes.get(name, (False, True, False))
            struct = self._structure(stored)
            if is_block == "true" and struct:
                many = re.search(rf"readonly {_camel(name)}\??: {struct}\[\]", fields) is not None
                blocks[name] = {
                    "nesting": {"struct": "single"}.get(kind, kind),
                    "max": 0 if many else 1,
                    "required": required,
                    **self._struct(struct),
                }
            else:
                attributes[name] = [_type(kind, stored), _state(notes.get(name))]
        for name, note in notes.items():
            if name not in attributes and name not in blocks:
                found = self._computed(name, reads)
                if found is not None:
                    attributes[name] = [found, _state(note)]
        return {"attributes": attributes, "blocks": blocks}

    def _structure(self, stored: str) -> str:
        for name in (stored.removesuffix("List"), stored.removesuffix("Map"), stored):
            if name in self.interfaces:
                return name
        return ""

    def _computed(self, name: str, reads: str) -> object:
        """The type of what only the provider sets: from how the class reads it."""
        simple = re.search(rf"get(\w+?)Attribute\('{name}'\)", reads)
        if simple:
            word = simple.group(1)
            return {"List": ["list", "string"], "StringMap": ["map", "string"]}.get(
                word, _KINDS.get(word.lower(), "dynamic")
            )
        nested = re.search(rf"= new (\w+?)List\(this, \"{name}\", (true|false)\)", reads)
        if nested and f"{nested.group(1)}OutputReference" in self.classes:
            inner = self._struct(nested.group(1))
            fields = {n: t[0] for n, t in inner["attributes"].items()}  # type: ignore[attr-defined]
            return ["set" if nested.group(2) == "true" else "list", ["object", fields]]
        return None


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _state(note: tuple[bool, bool, bool] | None) -> str:
    computed, optional, required = note or (False, True, False)
    if required:
        return "required"
    return ("optional computed" if computed else "optional") if optional else "computed"


def _type(kind: str, stored: str) -> object:
    element = _KINDS.get(re.sub(r"(List|Map)+$", "", stored), "string")
    if kind == "simple":
        return element
    return [kind, element]


def _kept(block: Block, used: object, where: str) -> Block:
    """Only what is used or required; a use that the provider does not know ends the run."""
    names = used if isinstance(used, dict) else {}
    attributes: Mapping[str, list[object]] = block["attributes"]  # type: ignore[assignment]
    blocks: Mapping[str, Block] = block["blocks"]  # type: ignore[assignment]
    unknown = sorted(set(names) - {*attributes, *blocks})
    if unknown:
        sys.exit(f"{where} has no {', '.join(unknown)}; it has {', '.join([*attributes, *blocks])}")
    return {
        **{k: v for k, v in block.items() if k not in {"attributes", "blocks"}},
        "attributes": {
            n: a for n, a in attributes.items() if n in names or a[1] == "required" or n == "id"
        },
        "blocks": {
            n: _kept(b, names.get(n), f"{where}.{n}")
            for n, b in blocks.items()
            if n in names or b["required"]
        },
    }


def _from_terraform(path: Path, used: Mapping[str, Mapping[str, object]]) -> tuple[str, Block]:
    schemas = json.loads(path.read_text("utf-8"))["provider_schemas"]
    address, schema = next(iter(schemas.items()))
    name = address.rpartition("/")[2]
    whole = {
        "resource": schema["resource_schemas"],
        "data": schema["data_source_schemas"],
        "provider": {name: schema["provider"]},
    }
    made = {
        place: {
            kind: _kept(_plain(whole[place][kind]["block"]), names, kind)
            for kind, names in kinds.items()
            if kind == name or kind.startswith(f"{name}_")
        }
        for place, kinds in used.items()
    }
    version = path.stem.rpartition("-")[2]
    source = {
        "source": f"hashicorp/{name}",
        "version": version,
        "from": "terraform providers schema -json",
    }
    return name, {**source, **made}


def _plain(block: Mapping[str, object]) -> Block:
    attributes: Mapping[str, Mapping[str, object]] = block.get("attributes", {})  # type: ignore[assignment]
    blocks: Mapping[str, Mapping[str, object]] = block.get("block_types", {})  # type: ignore[assignment]
    return {
        "attributes": {n: [a.get("type", "dynamic"), _flags(a)] for n, a in attributes.items()},
        "blocks": {
            n: {
                "nesting": b["nesting_mode"],
                "max": b.get("max_items", 0),
                "required": bool(b.get("min_items")),
                **_plain(b["block"]),  # type: ignore[arg-type]
            }
            for n, b in blocks.items()
        },
    }


def _flags(attribute: Mapping[str, object]) -> str:
    return _state(
        (
            bool(attribute.get("computed")),
            bool(attribute.get("optional")),
            bool(attribute.get("required")),
        )
    )


if __name__ == "__main__":
    main()
