"""Speed and memory, measured side by side on the machine at hand; run with `make bench`."""
