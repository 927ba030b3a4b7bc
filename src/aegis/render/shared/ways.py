"""Ways out of a pod that every closed network leaves open, as rules of a NetworkPolicy."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.render.shared.objects import Object


def namespace(name: str) -> Object:
    """All pods of a namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def names() -> Object:
    """The cluster's name servers."""
    pods: Object = {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return {
        "to": [{**namespace("kube-system"), **pods}],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }


def api_server() -> Object:
    """The API server, which no selector can name: private addresses stand for it."""
    blocks = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    ports: list[JsonValue] = [{"protocol": "TCP", "port": port} for port in (443, 6443)]
    return {"to": [{"ipBlock": {"cidr": block}} for block in blocks], "ports": ports}
