"""Action items and sentences as people judge them: written before the lint that has to judge them alike."""

from __future__ import annotations

from typing import Final

# What the plan for the lint names.
PLANNED_GOOD_ACTIONS: Final = ("Add alerting for all cases where this service returns >1% errors",)
PLANNED_BAD_ACTIONS: Final = ("Investigate monitoring for this scenario",)
PLANNED_BLAMEFUL: Final = (
    "The cause was human error.",
    "The on-call engineer should have known that the certificate expires.",
    "The operator forgot to drain the node.",
    "The deployer didn't follow the checklist.",
    "Anna Schmidt broke the router by pushing the wrong prompt.",
)

# Pairs on the same matter: nobody can say when the first is done, anybody can say when the second is.
ACTION_PAIRS: Final = (
    ("Improve the monitoring of the KV cache", "Page when vllm:kv_cache_usage_perc is above 0.95 for 10 minutes"),
    ("Be more careful when deploying prompts", "Require one approval for every change below prompts/ in CI"),
    ("Think about canaries for new models", "Route 5 % of chat traffic to a new model for 30 minutes before the rest"),
    ("Better documentation", "Write the runbook for ChatTtftBudgetBurn and link it from the alert"),
    ("Look into OOM kills of the gateway", "Raise the memory limit of the gateway to 4 GiB and alert on OOM kills"),
    ("Consider rate limits", "Limit each API key to 20 requests per second at the gateway"),
    ("Monitoring", "Add a probe that asks the retrieval index 20 golden questions every 5 minutes"),
    ("Make the evaluation more robust", "Add the 14 failing conversations of this incident to the regression set"),
    ("Discuss on-call coverage", "Add a second person to the weekend on-call rotation from 1 December"),
    ("Ensure this does not happen again", "Block the deploy when the judge's score on the golden set is below 0.9"),
    ("Talk to the vendor", "Ask the vendor for a credit under the SLA of 99.9 % and file it in PROC-118"),
    ("Revisit the alert thresholds", "Lower the burn-rate threshold of the page from 14.4 to 10 over one hour"),
    ("We should test failover", "Run a failover of the embedding service in staging on the first Monday of each month"),
    ("Try to reduce cold starts", "Keep two replicas of the reranker warm at all times"),
    (
        "Training for engineers on GPU failures",
        "Add a drain of the node on XID 79 to the node-health controller and test it by injecting one",
    ),
    ("Fix it", "Pin the tokenizer to the revision of the model in deploy/chat.yaml"),
    ("TBD", "Delete the unused v1 index after copying its 3 aliases to v2"),
    ("Follow up on quotas", "Request 16 more H100 in eu-west-4 and record the quota in capacity.md"),
    ("Review the process", "Replace the manual copy of weights with a job that verifies the SHA-256 digest"),
    ("Investigate why latency rose", "Export the queue time per tenant so that its p99 stands on the chat dashboard"),
    ("Evaluate alternatives to the cache", "Cap the prefix cache at 60 % of GPU memory in serving/values.yaml"),
    ("More tests", "Add an integration test that streams 4,096 tokens through the gateway"),
    ("Maybe alert on drift", "Alert when the population stability index of any input feature exceeds 0.2 for a day"),
    ("Check dashboards regularly", "Remove the three panels of the chat dashboard that query deleted metrics"),
    ("Raise awareness of the freeze", "Refuse deploys to production during a freeze in the release pipeline"),
)

# Good although they hold a word that is vague elsewhere.
GOOD_ACTIONS: Final = (
    *PLANNED_GOOD_ACTIONS,
    *(good for _, good in ACTION_PAIRS),
    "Investigate the 12 failed requests of tenant A by 2026-12-01 and write the cause into this document",
    "Document the process of creating and updating KIAM certificates",
    "Remove the hardcoded version variable of the Fluentd image",
    "Review and merge PR 4123, which bounds the retry queue at 100 entries",
    "Revert to the default of 300 seconds for de-registration delay on the load balancers",
    "Run `terraform plan` in CI on every pull request",
    "**Version lock Flux** in `clusters/hellman/flux.yaml`",
    "Monitor 5xx status codes of the Kubernetes API server and page above 1 % for 5 minutes",
)
BAD_ACTIONS: Final = (
    *PLANNED_BAD_ACTIONS,
    *(bad for bad, _ in ACTION_PAIRS),
    "Better monitoring of namespaces.",
    "Flux metrics and alerts",
    "Workload segmentation might be an option to limit blast zones",
    "Figure out how to monitor the critical CVEs",
    "Agree as a team what the procedures are for dealing with outages after work hours",
    "The alert needs a more descriptive name/accompanying text",
    "Pay more attention to alerts",
)

BLAMEFUL: Final = (
    *PLANNED_BLAMEFUL,
    "Human error in not knowing that the logs are stored in another account.",
    "It was a human mistake.",
    "Operator error caused the wrong shard to be deleted.",
    "This was user error on the side of the release team.",
    "They should have checked the dashboard first.",
    "He should not have restarted the scheduler.",
    "The engineer failed to read the alert.",
    "She neglected to run the evaluation.",
    "The reviewer overlooked the changed default.",
    "The team was careless with the credentials.",
    "The release manager ignored the warning.",
    "The SRE did not follow the procedure.",
    "Someone forgot to renew the certificate.",
    "Due to negligence of the contractor, the backup was empty.",
    "John Miller deleted the index by mistake.",
    "The outage was Maria's fault.",
    "@jdoe pushed a broken configuration.",
    "The intern accidentally dropped the table.",
    "The developer's incompetence led to the leak.",
    "Peter Taylor misconfigured the load balancer.",
    "The engineer who deployed is to blame.",
    "The on-call ought to have escalated sooner.",
    "Nobody bothered to read the runbook.",
)
# Innocent, and most of them close to one that is not.
BLAMELESS: Final = (
    "The human-error rate metric of the labelling tool rose to 4 %.",
    "The dashboard `human error` counts typing mistakes of annotators.",
    "The operator restarted the pod because its health check failed.",
    "The Prometheus operator failed to reconcile the rule.",
    "The GPU operator did not follow the new taint.",
    "The Kubernetes operator forgot to requeue the object, a known bug of its version.",
    "The scheduler ignored the affinity because the label was absent.",
    "The alert should have fired at 10:05 and did not.",
    "The canary should have caught this; it ran on 1 % of the traffic only.",
    "The job failed to read the manifest.",
    "The parser overlooked the last chunk of the stream.",
    "The client did not follow redirects.",
    "The deploy tool accidentally dropped the column.",
    "The error message said `you forgot to set HF_TOKEN`.",
    'The customer wrote: "somebody at your company forgot to renew the certificate".',
    "> This was human error, the vendor's first statement said.",
    "Peter Taylor restored the index from the backup.",
    "Maria Jensen noticed the drop and paged the on-call.",
    "Jan Wiberg mentioned that he could not reach the cluster.",
    "Anna Schmidt rolled back to the previous prompt within five minutes.",
    "The reviewer had no way to see the changed default in the diff.",
    "Thanks to John Miller, who found the wrong index in ten minutes.",
    "Nothing in the pipeline kept a person from deleting the index.",
    "Amazon Bedrock failed in us-east-1 for 40 minutes.",
    "Claude Haiku deleted the closing tag of the tool call.",
    "Azure DevOps triggered the pipeline on every pull request.",
    "The Slack channel was too noisy, so the first page was seen late.",
    "The model blamed the user in 3 % of its answers.",
    "The checklist did not say that the node has to be drained.",
    "Friday's deploy broke the router.",
    "Grafana Cloud dropped the series.",
    "The retry policy is at fault: it has no jitter.",
)

# Whether the word is in its place depends on how much was down.
PARTIAL_CALLED_OUTAGE: Final = (
    "During the outage, 3 % of the requests failed.",
    "The outage lasted for 40 minutes.",
)
PARTIAL_NOT_CALLED_OUTAGE: Final = (
    "This was not an outage: 97 % of the requests were answered.",
    "The vendor's status page called it an `outage`.",
    "The full outage of the vendor was over by then.",
    "There was no outage.",
)
