"""One thin module per subcommand: options, load, evaluate, report."""
