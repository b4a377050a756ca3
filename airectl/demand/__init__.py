"""Demand as it was recorded: series from files, PromQL and request traces; capacity, prices and plans beside it."""
