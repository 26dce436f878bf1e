"""Downloads by HTTP: beside the drawing, through kills and restarts, with progress, cancel and retry."""
