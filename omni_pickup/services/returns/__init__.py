"""Returns: announced or walked in, counted, judged, put away or sent on, refunded by the channel."""
