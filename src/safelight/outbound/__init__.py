"""Requests to other people's servers: which addresses they may reach, and how they are carried there."""
