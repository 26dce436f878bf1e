"""A1111 dialect: the HTTP API of AUTOMATIC1111's web UI, for clients that speak it, under /sdapi/v1 and /controlnet."""
