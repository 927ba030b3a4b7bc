"""Rules over briefs, plans, bundles and texts. They share no code with the planner.

`ALL` is written by hand, in order of codes; a test compares it with this folder. Findings of
`BLOCKS_PRODUCTION` close production and leave staging open; findings of hard rules close every exit.
"""

from __future__ import annotations

from aegis.review.plans import (
    brief_model,
    brief_place,
    brief_release,
    brief_reviews,
    brief_waivers,
    brief_watch,
    secrets,
)
from aegis.review.rule import Rule

ALL: tuple[Rule, ...] = (
    brief_model.notebook_as_endpoint,
    brief_release.everyone_at_once,
    brief_model.moving_revision,
    brief_model.unpinned_model,
    brief_model.prompts_without_versions,
    brief_watch.drift_ignored,
    brief_watch.nobody_is_alerted,
    brief_model.no_evaluation_data_set,
    brief_release.no_automated_way_back,
    brief_release.no_staging,
    brief_reviews.security_review_not_done,
    brief_reviews.compliance_assessment_not_done,
    brief_reviews.red_teaming_not_done,
    brief_reviews.review_skipped,
    brief_reviews.review_waved_away,
    brief_model.weights_that_run_code,
    secrets.secret_in_brief,
    secrets.secret_in_plan,
    brief_place.api_that_is_not_allowed,
    brief_place.region_outside_residency,
    brief_place.residency_that_cannot_be_checked,
    brief_place.hosted_tool_behind_the_gap,
    brief_place.api_behind_the_gap,
    brief_place.cloud_in_an_air_gap,
    brief_waivers.expired_waiver,
    brief_waivers.waiver_of_a_hard_rule,
    brief_waivers.waiver_of_nothing,
    brief_waivers.waiver_of_evidence,
    brief_model.training_without_consent,
    brief_reviews.impact_understated,
    brief_reviews.no_person_decides,
    brief_watch.promise_nobody_keeps,
    secrets.secret_in_artifact,
    secrets.secret_in_text,
)

BLOCKS_PRODUCTION = frozenset(
    {"AEG100", "AEG102", "AEG103", "AEG104", "AEG107", "AEG110", "AEG111", "AEG112"}
)
