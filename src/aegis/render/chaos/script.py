"""`run.sh`: one rehearsal at a time, staging first, production only on a stated game day."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan

GAME_DAY = """\
# A game day, stated before it begins. `run.sh` starts nothing in production until all of it is filled
# in, and only on that day. Clear it afterwards.
GAME_DAY=            # the day, 2026-11-30
OWNER=               # who decides to stop; on the call the whole time
ON_CALL_TOLD=        # who is on call and knows
CHANGE=              # the change or ticket that allows it
STAGING_RECORD=      # where the same experiment's result in staging stands
"""

_OBJECT = {"chaos-mesh": "workflow", "litmus": "chaosengine"}
_STOP = {
    "chaos-mesh": 'kubectl -n "$environment" delete workflow "$name" --ignore-not-found',
    "litmus": (
        'kubectl -n "$environment" patch chaosengine "$name" --type merge '
        '-p \'{"spec":{"engineState":"stop"}}\''
    ),
}
_LET_IN = {
    "chaos-mesh": """\
allowed=$(kubectl get namespace "$environment" -o "jsonpath={.metadata.annotations['chaos-mesh\\.org/inject']}")
[ "$allowed" = enabled ] || {
  echo "faults are not let into $environment: see README.md, «Let it in»" >&2
  exit 3
}
""",
    "litmus": """\
kubectl -n "$environment" get serviceaccount SERVICE-chaos > /dev/null 2>&1 || {
  echo "faults are not let into $environment: see README.md, «Let it in»" >&2
  exit 3
}
""",
}


def game_day() -> Artifact:
    """What a game day in production has to state; yours, and empty."""
    return Artifact(
        path="chaos/production/game-day.env",
        content=GAME_DAY,
        because=("fault-injection",),
        environment="production",
    )


def run(plan: Plan, tool: str) -> Artifact:
    """The script that starts and stops one rehearsal."""
    let_in = _LET_IN[tool].replace("SERVICE", plan.service)
    text = f"""#!/bin/sh
# One rehearsal: run.sh staging|production EXPERIMENT · and its end at once: run.sh stop ENVIRONMENT EXPERIMENT
set -eu
cd "$(dirname "$0")"
usage="usage: run.sh staging|production EXPERIMENT | run.sh stop staging|production EXPERIMENT"
stop=
[ "${{1:-}}" != stop ] || {{ stop=yes; shift; }}
environment=${{1:?$usage}}
experiment=${{2:?$usage}}
case $environment in staging | production) ;; *) echo "$usage" >&2; exit 2 ;; esac
name="{plan.service}-$experiment"

if [ -n "$stop" ]; then
  {_STOP[tool]}
  echo "$experiment is stopped in $environment"
  exit 0
fi
file="$environment/$experiment.yaml"
[ -f "$file" ] || {{ echo "no such experiment for $environment: $experiment" >&2; exit 2; }}

if [ "$environment" = production ]; then
  . ./production/game-day.env
  for field in GAME_DAY OWNER ON_CALL_TOLD CHANGE STAGING_RECORD; do
    eval "stated=\\${{$field:-}}"
    [ -n "$stated" ] || {{ echo "production/game-day.env does not state $field" >&2; exit 3; }}
  done
  [ "$GAME_DAY" = "$(date +%F)" ] || {{ echo "the game day is $GAME_DAY, not today" >&2; exit 3; }}
fi
{let_in}
kubectl -n "$environment" delete {_OBJECT[tool]} "$name" --ignore-not-found --wait=true
kubectl create -f "$file"
echo "started; stop it with: ./run.sh stop $environment $experiment"
"""
    return Artifact(
        path="chaos/run.sh", content=text, because=("fault-injection",), executable=True
    )
