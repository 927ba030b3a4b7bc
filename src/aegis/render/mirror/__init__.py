"""What a place without a way out needs from outside: a list, a script on each side, a lock between."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.mirror.scripts import EXPORT, IMPORT

_BECAUSE = ("network", "registry")
_TOOLS = ("PROXY", "PROMETHEUS", "ALERTMANAGER")


def render_mirror(plan: Plan) -> tuple[Artifact, ...]:
    """The mirror of a plan whose network is isolated; nothing for any other."""
    if plan.chosen("network") != "isolated" or plan.chosen("run-where") == "device":
        return ()
    return (
        Artifact(path="mirror/images.txt", content=_images(plan), because=_BECAUSE),
        _script("export.sh", EXPORT, plan),
        _script("import.sh", IMPORT, plan),
        Artifact(path="mirror/README.md", content=_readme(plan), because=_BECAUSE),
    )


def _script(name: str, text: str, plan: Plan) -> Artifact:
    content = text.replace("@PLAN@", plan.id)
    return Artifact(path=f"mirror/{name}", content=content, because=_BECAUSE, executable=True)


def _images(plan: Plan) -> str:
    engine = plan.decision("engine").winners[0].name if plan.chosen("engine") else ""
    model = plan.brief.model
    lines = [
        "# What crosses the border: NAME=REFERENCE@sha256:…, filled in by you on the connected side.",
        "# NAME is the variable of release.env. Images of controllers need no line: put the release",
        "# manifests of their projects (or the output of `helm template`) into manifests/.",
    ]
    if engine:
        lines += [f"# {engine}", "ENGINE="]
    if model:
        revision = f" at revision {model.revision}" if model.revision else ""
        lines += [
            f"# {model.reference}{revision}, packed as an image that holds its files",
            "MODEL=",
        ]
    lines += ["# the gateway of this plan", "GATEWAY="]
    if plan.chosen("run-where") != "cluster":
        for tool in _TOOLS:
            lines += [f"{tool}="]
    return "\n".join(lines) + "\n"


def _readme(plan: Plan) -> str:
    return f"""# Bringing {plan.service} across the border

Rendered from plan `{plan.id}`. Nothing of this bundle reaches out; what it needs is carried in, once a release.

1. On the connected side fill in `images.txt`, by digest, and put the manifests of the controllers that
   `kubernetes/README.md` names into `manifests/`. Then `./export.sh`: it copies every image with all its
   platforms and its signatures into `images/`, writes `mirror.lock` (name, digest, folder) and `SHA256SUMS`.
2. Have the folder scanned and approved as your rules ask, and carry it over.
3. Inside, `REGISTRY=registry.internal ./import.sh`: it refuses a changed or missing file before anything is
   pushed, pushes each image, compares the digest that the registry states, and prints the lines for `release.env`.

Both need `skopeo`. Running either again changes nothing. Models are images too, so that they have a digest and a
signature; catalogs, prices and rules of Aegis come with its package and ask nobody.
"""
