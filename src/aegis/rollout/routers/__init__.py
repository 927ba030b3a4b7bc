"""Who moves the traffic: Envoy, the Aegis gateway, Gateway API, KServe, Argo Rollouts, or nobody."""
