"""HTTP as the gateway speaks it: requests, answers, streams of events."""
