"""What is wrong with a query, judged by what is known of its metrics: in specs, rules and dashboards alike."""
