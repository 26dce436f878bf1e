"""Files on disk → `ModelInfo`: header readers, architectures, the catalog, hashing. Imports no ML library."""
