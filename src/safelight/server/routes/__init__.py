"""One module a dialect, or a part of a large one."""
