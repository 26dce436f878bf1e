"""The server: HTTP dialects, access and events, in a process that imports no ML library."""
