"""For any WSGI server: `app:app`."""

from omni_pickup import create_app

app = create_app()
