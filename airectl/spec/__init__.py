"""YAML to core: composer, schemas, OpenSLO and its relatives, lint."""
