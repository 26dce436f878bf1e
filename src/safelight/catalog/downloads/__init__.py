"""Models from other hosts: resumed after breaks, checked before they are listed, never in place of another file."""
