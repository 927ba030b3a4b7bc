"""What of a repository runs: from the commands that start something to the modules they import."""
