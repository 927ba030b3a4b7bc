"""Where counts come from: Prometheus, any HTTP endpoint that gives them, a recorded file."""
