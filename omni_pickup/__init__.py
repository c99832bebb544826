"""omni_pickup: the software with which shops run click-and-collect."""

from __future__ import annotations

from flask_openapi3 import Info, OpenAPI

from omni_pickup import (
    access_log,
    company_prefixes,
    crash_points,
    distance_limits,
    error_pages,
    faces,
    health,
    keys,
    metrics,
    security_headers,
    storage,
    time_limits,
)
from omni_pickup.builds import VERSION
from omni_pickup.config import ROOT, Settings, check_secrets, load_settings
from omni_pickup.extensions import csrf, htmx, limiter, login
from omni_pickup.models import db
from omni_pickup.models.base import prepare_engine
from omni_pickup.models.postgresql import engine_options

__all__ = ["VERSION", "configure_process", "create_app"]


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The Flask app with every face on it. Raises ConfigError for a wrong or default setting."""
    settings = settings or load_settings()
    check_secrets(settings)
    storage.check(settings)
    configure_process(settings)
    app = OpenAPI(
        __name__,
        info=Info(title="omni_pickup", version=VERSION),
        doc_ui=False,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(settings.instance_dir.resolve()),
    )
    security_headers.configure(app, settings)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database, connections=settings.database_connections),
        SETTINGS=settings,
    )
    for part in (access_log, metrics, security_headers, error_pages):
        part.init_app(app)
    _bind_extensions(app)
    app.register_blueprint(health.blueprint)
    faces.register(app)
    return app


def configure_process(settings: Settings) -> None:
    """What belongs to the process rather than to one app: derived keys, limits, the GS1 prefix, crash points."""
    keys.configure(
        settings.secret_key,
        settings.secret_key_previous,
        base_url=settings.base_url,
        pepper=settings.pin_pepper,
    )
    distance_limits.configure(other_store_km=settings.other_store_km)
    time_limits.configure(undo_minutes=settings.undo_minutes, question_minutes=settings.question_minutes)
    company_prefixes.configure(settings.gs1_company_prefix)
    crash_points.arm(settings.crash_at or None)


def _bind_extensions(app: OpenAPI) -> None:
    db.init_app(app)
    for extension in (csrf, htmx, limiter, login):
        extension.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
