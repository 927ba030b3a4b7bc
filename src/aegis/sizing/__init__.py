"""Memory, latency, throughput, replicas and cost, as functions of catalog facts and a workload."""
