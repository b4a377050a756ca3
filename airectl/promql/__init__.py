"""PromQL: guard the parser, parse, and see which series an expression selects."""
