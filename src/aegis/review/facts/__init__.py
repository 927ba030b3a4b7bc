"""Typed facts about a repository, each with its place; rules read facts, never files."""
