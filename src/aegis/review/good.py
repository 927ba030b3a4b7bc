"""What is good, said as well: a review that only blames is not believed."""

from __future__ import annotations

from aegis.base.finding import Finding
from aegis.review.facts.types import CiJob, Image, ModelFile, ModelReference, Route, Workload
from aegis.review.repository import Repository


def good_news(repository: Repository, findings: list[Finding]) -> tuple[str, ...]:
    """Short true sentences about what was looked at and found in order."""
    codes = {finding.code for finding in findings}
    said: list[str] = []
    models = repository.all(ModelReference)
    if models and all(model.pinned for model in models):
        said.append("every model is pinned to a commit")
    files = repository.all(ModelFile)
    if files and all(file.verdict == "pass" and file.format != "pickle" for file in files):
        said.append("weights are in formats that cannot run code")
    images = repository.all(Image, production=True)
    if len(images) > 1 and all(image.digest for image in images):
        said.append("images are pinned by digest")
    jobs = repository.all(CiJob)
    if jobs and any(job.publishes or job.deploys for job in jobs) and "AEG446" not in codes:
        said.append("releasing jobs pin their actions")
    if any(job.evaluates for job in jobs):
        said.append("CI runs an evaluation")
    spending = [route for route in repository.all(Route) if route.spends]
    if spending and all(route.authenticated for route in spending):
        said.append("routes that reach a model ask who calls")
    servers = [each for each in repository.all(Workload) if each.role == "model-server"]
    if servers and all(each.readiness for each in servers):
        said.append("model servers have readiness checks")
    if repository.has_progressive_delivery and repository.deploys:
        said.append("a way back is prepared")
    if "AEG251" not in codes and repository.tree.sources:
        said.append("no credential stands in the files")
    return tuple(said[:5])
