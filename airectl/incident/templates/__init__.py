"""Templates of postmortems: shipped ones and those of a folder, rendered where they can do no harm."""
