"""What a plan holds beside its decisions: objectives, release, failures, controls, roadmap."""
