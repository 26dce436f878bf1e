"""The server: HTTP dialects, access, events and the page, in a process that imports no ML library."""
