"""The conversation behind other programs: MCP for coding assistants, chat completions for any UI."""
