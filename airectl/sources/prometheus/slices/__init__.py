"""What a query says of each slice of time: increments, samples, spans of them and what is kept."""
