"""What can be asked: endpoints, files of a model, and answers of an earlier run."""
