"""What the product is about: requests, models, devices, plans, events, errors. Pure: no I/O, no ML library."""
