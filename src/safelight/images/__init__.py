"""Encoding, decoding and describing pictures."""
