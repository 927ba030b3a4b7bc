"""Rules over briefs, plans, bundles, documents and repositories."""
