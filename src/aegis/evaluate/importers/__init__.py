"""Reports of other tools as samples and results, and results as a log of inspect."""
