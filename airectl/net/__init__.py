"""One policy for whatever goes over the network: TLS, deadlines, redirects, secrets and retries."""
