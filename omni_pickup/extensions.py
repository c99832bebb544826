"""The Flask extensions, made once and bound to an app by `create_app`."""

from __future__ import annotations

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from omni_pickup.request_counts import ProcessCounts

babel = Babel()
csrf = CSRFProtect()
htmx = Htmx()
limiter = Limiter(key_func=get_remote_address, storage_uri=f"{ProcessCounts.STORAGE_SCHEME[0]}://")
login = LoginManager()
