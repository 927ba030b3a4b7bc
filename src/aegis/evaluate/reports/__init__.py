"""What an evaluation found, for pipelines (JUnit), for people (one HTML page), for Prometheus."""
