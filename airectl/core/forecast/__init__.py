"""Forecasts of demand: days ahead by a pool of models, months ahead by daily peaks, and when capacity is crossed.

Pure functions over arrays of many series. `forecast` picks the model by the horizon.
"""
