"""The verbs: they change data inside the caller's transaction, never commit, and never see a request."""
