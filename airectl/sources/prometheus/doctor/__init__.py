"""What `airectl doctor` looks at: versions, retention, clocks, series."""
