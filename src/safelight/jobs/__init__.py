"""Jobs: the durable store, the dispatcher that runs them, the events they send."""
