"""Reports of load generators, read into measured requests; one module a tool."""
