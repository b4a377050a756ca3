"""Specs x sources x now -> one Evaluation per objective."""
