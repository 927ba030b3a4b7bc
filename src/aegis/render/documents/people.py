"""Who owns what, in words."""

from __future__ import annotations

from aegis.plan.types import Plan, Role
from aegis.render.documents.tree import Inlines
from aegis.render.documents.words import join, named

ROLES: dict[Role, str] = {
    "service": "service owner",
    "security": "security",
    "data": "data owner",
    "model": "model owner",
    "platform": "platform",
    "business": "product owner",
}


def owner(plan: Plan, role: Role) -> Inlines:
    """The role, with the name that the brief gives it."""
    person = plan.brief.team.owners.get(role)
    return join(ROLES[role], " (", named(person), ")") if person else join(ROLES[role])
