"""What those who run a gateway want to see: figures, logs, traces, health."""
